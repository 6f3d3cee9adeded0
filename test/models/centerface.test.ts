import { readFileSync } from "node:fs";
import { inPackage, modelPath } from "../../src/models/manifest.js";
import { FACES, faceCrop, planes } from "./face-crops.js";
import { type Input, largestDifference, rows, runModel } from "./run-model.js";

const ORIGINAL = inPackage("models/centerface.onnx");
/** Our outputs by their names in the original file. */
const OUTPUTS = { heatmap: "537", scale: "538", offset: "539", points: "540" };

/** Ten pictures of 32x32, the only input that the original file takes. */
async function tenSmallPictures(): Promise<Input> {
  const faces = [...FACES, ...FACES.slice(0, 4)];
  return planes(await Promise.all(faces.map((face) => faceCrop(face, 32))));
}

it("answers like the original file", async () => {
  const { data, dims } = await tenSmallPictures();
  const size = data.length / dims[0];
  const original = await runModel(ORIGINAL, { data, dims });
  for (let picture = 0; picture < dims[0]; picture++) {
    const one = { data: data.slice(picture * size, (picture + 1) * size), dims: [1, 3, 32, 32] };
    const ours = await runModel(modelPath("centerface"), one);
    for (const [name, before] of Object.entries(OUTPUTS)) {
      expect(largestDifference(rows(ours[name])[0], rows(original[before])[picture])).toBeLessThan(1e-4);
    }
  }
});

it.each([
  [32, 32],
  [320, 512],
  [96, 64],
])("takes a picture of %i rows and %i columns", async (height, width) => {
  const answers = await runModel(modelPath("centerface"), { data: new Float32Array(3 * height * width), dims: [1, 3, height, width] });
  const shapes = Object.entries(answers).map(([name, { dims }]) => [name, ...dims]);
  const cells = [height / 4, width / 4];
  expect(shapes).toEqual([
    ["heatmap", 1, 1, ...cells],
    ["scale", 1, 2, ...cells],
    ["offset", 1, 2, ...cells],
    ["points", 1, 10, ...cells],
  ]);
});

it("has its best score at the only face of a picture", async () => {
  const shoulders = await faceCrop({ sample: 1, left: 182, top: 155, size: 640 }, 320); // the face is in the middle
  const { heatmap } = await runModel(modelPath("centerface"), planes([shoulders]));
  const scores = heatmap.data as Float32Array;
  const best = scores.indexOf(Math.max(...scores));
  expect(scores[best]).toBeGreaterThan(0.6);
  expect(Math.abs((best % 80) * 4 - 160)).toBeLessThan(16);
  expect(Math.abs(Math.floor(best / 80) * 4 - 160)).toBeLessThan(16);
});

it("carries nothing that it does not use", () => {
  expect(readFileSync(modelPath("centerface")).length).toBeLessThan(readFileSync(ORIGINAL).length);
  expect(readFileSync(modelPath("centerface")).includes("num_batches_tracked")).toBe(false);
});
