/** `npm run bench [-- NAME… [--OPTION…]]`: each figure by itself or all of them. Ratios against the alternative in the same run. */
const FIGURES: Record<string, () => Promise<{ run(): Promise<void> }>> = {
  engine: () => import("./engine.js"),
  cold: () => import("./cold.js"),
  service: () => import("./service.js"),
  memory: () => import("./memory.js"),
  gallery: () => import("./gallery.js"),
};

const given = process.argv.slice(2);
const options = given.findIndex((word) => word.startsWith("--")); // read by the figure itself
const named = options < 0 ? given : given.slice(0, options);
const names = named.length > 0 ? named : Object.keys(FIGURES);
const unknown = names.filter((name) => !Object.hasOwn(FIGURES, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no figure ${unknown.join(", ")}. The figures are ${Object.keys(FIGURES).join(", ")}.\n`);
  process.exit(2);
}
for (const name of names) {
  process.stdout.write(`\n## ${name}\n`);
  await (await FIGURES[name]()).run();
}
