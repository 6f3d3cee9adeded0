/** `npm run bench [-- NAME…]`: each figure by itself or all of them. Ratios against the alternative in the same run. */
const FIGURES: Record<string, () => Promise<{ run(): Promise<void> }>> = {
  engine: () => import("./engine.js"),
  cold: () => import("./cold.js"),
  service: () => import("./service.js"),
  memory: () => import("./memory.js"),
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(FIGURES);
const unknown = names.filter((name) => !Object.hasOwn(FIGURES, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no figure ${unknown.join(", ")}. The figures are ${Object.keys(FIGURES).join(", ")}.\n`);
  process.exit(2);
}
for (const name of names) {
  process.stdout.write(`\n## ${name}\n`);
  await (await FIGURES[name]()).run();
}
