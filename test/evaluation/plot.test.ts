import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Plot, plotSvg } from "../../src/evaluation/plot.js";

const plot: Plot = {
  title: "Faces & <names>",
  x: { label: "recall", from: 0, to: 1 },
  y: { label: "precision", from: 0, to: 1 },
  series: [{ name: "one", points: [[0, 1], [0.5, 1], [0.50001, 1], [1, 0.5]] }],
  marks: [{ name: "here", x: 0.5, y: 1 }],
};

/** Colours of pixels of an SVG picture. In a process of its own: in ours, sharp reads no SVG once anybody has decoded a photo. */
function coloursOf(svg: string, pixels: [x: number, y: number][]): number[][] {
  const script = `import sharp from "sharp"; import { readFileSync } from "node:fs";
    const { data, info } = await sharp(readFileSync(0)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    console.log(JSON.stringify(${JSON.stringify(pixels)}.map(([x, y]) => [...data.subarray(3 * (y * info.width + x)).subarray(0, 3)])));`;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "--eval", script], { input: svg, encoding: "utf8", cwd: fileURLToPath(new URL("../../../", import.meta.url)) })) as number[][];
}

it("is an SVG picture with title, names, line and mark", () => {
  const svg = plotSvg(plot);
  for (const text of ["Faces &amp; &lt;names&gt;", ">recall<", ">precision<", ">one<", ">here<"]) expect(svg).toContain(text);
  expect(svg).toContain('d="M88 66L407 66L726 277"'); // of points on the same pixel one
  expect(svg).toContain('<circle cx="407" cy="66"');
  expect(coloursOf(svg, [[200, 66], [3, 3]])).toEqual([[0, 0x72, 0xb2], [255, 255, 255]]);
});

it.each([
  [{ from: 0.8, to: 1 }, ["0.8", "0.82", "0.98", "1"]],
  [{ from: 0.5, to: 1 }, ["0.5", "0.55", "1"]],
  [{ from: 0, to: 1 }, ["0", "0.1", "1"]],
  [{ from: 0, to: 1.6 }, ["0", "0.2", "1.6"]],
  [{ from: 0.001, to: 1, log: true }, ["0.001", "0.01", "0.1", "1"]],
])("an axis %j has ticks", (axis, ticks) => {
  const svg = plotSvg({ ...plot, x: { label: "", from: 0, to: 1 }, y: { label: "", ...axis } });
  const shown = [...svg.matchAll(/text-anchor="end">([^<]+)</g)].map(([, text]) => text);
  expect(shown).toEqual(expect.arrayContaining(ticks));
  expect(shown.length).toBeLessThanOrEqual(11);
});

it("what is beyond a logarithmic axis is drawn at its end", () => {
  const svg = plotSvg({ ...plot, x: { label: "FAR", from: 0.01, to: 1, log: true }, series: [{ name: "", points: [[0, 0], [0.1, 1], [1, 1]] }] });
  expect(svg).toContain('d="M88 488L407 66L726 66"');
});

it("the legend stands where it hides no line", () => {
  const low: [number, number][] = Array.from({ length: 50 }, (_, i) => [i / 50, 0.1]);
  const high: [number, number][] = Array.from({ length: 50 }, (_, i) => [i / 50, 0.9]);
  const unit = { label: "", from: 0, to: 1 };
  const legendOf = (points: [number, number][]) => Number(/<g transform="translate\([\d.]+ ([\d.]+)\)">/.exec(plotSvg({ ...plot, x: unit, y: unit, series: [{ name: "", points }] }))![1]);
  expect(legendOf(high)).toBeGreaterThan(300);
  expect(legendOf(low)).toBeLessThan(100);
});
