import { readFileSync } from "node:fs";
import { inPackage, modelPath } from "../../src/models/manifest.js";
import { findFaces } from "../../src/faces/onnx/find-faces.js";
import type { Detector } from "../../src/faces/onnx/look.js";
import { centerface } from "../../src/faces/onnx/centerface.js";
import { overlap } from "../../src/faces/geometry.js";
import { centerfaceModel } from "../../src/models/centerface.js";
import { FACES, faceCrop, planes, samplePhoto } from "./face-crops.js";
import type { Raster } from "../../src/image/picture.js";
import type { Values } from "../../src/faces/onnx/session.js";
import { type Input, largestDifference, rows, runModel } from "./run-model.js";

const ORIGINAL = inPackage("models/centerface.onnx");
/** The model as the build makes it, but computed in float32. */
const float = centerfaceModel(readFileSync(ORIGINAL));
/** Our outputs by their names in the original file. */
const OUTPUTS = { heatmap: "537", scale: "538", offset: "539", points: "540" };

/** Ten pictures of 32x32, the only input that the original file takes. */
async function tenSmallPictures(): Promise<Input> {
  const faces = [...FACES, ...FACES.slice(0, 4)];
  return planes(await Promise.all(faces.map((face) => faceCrop(face, 32))));
}

/** The largest difference of each output from the original file's, on ten pictures of 32x32. */
async function differences(model: string | Uint8Array): Promise<Record<string, number>> {
  const { data, dims } = await tenSmallPictures();
  const size = data.length / dims[0];
  const original = await runModel(ORIGINAL, { data, dims });
  const largest: Record<string, number> = {};
  for (let picture = 0; picture < dims[0]; picture++) {
    const one = { data: data.slice(picture * size, (picture + 1) * size), dims: [1, 3, 32, 32] };
    const ours = await runModel(model, one);
    for (const [name, before] of Object.entries(OUTPUTS)) {
      largest[name] = Math.max(largest[name] ?? 0, largestDifference(rows(ours[name])[0], rows(original[before])[picture]));
    }
  }
  return largest;
}

it("answers like the original file where it is computed in float32", async () => {
  const found = await differences(float);
  expect(Object.keys(found)).toEqual(Object.keys(OUTPUTS));
  for (const difference of Object.values(found)) expect(difference).toBeLessThan(1e-4);
});

it("answers nearly like the original file with integers", async () => {
  const found = await differences(modelPath("centerface"));
  expect(found.heatmap).toBeLessThan(0.12);
  expect(found.scale).toBeLessThan(0.15);
  expect(found.offset).toBeLessThan(0.06);
  expect(found.points).toBeLessThan(0.06);
});

describe("with integers, against float32", () => {
  const detectors = [float, modelPath("centerface")].map(detectorOf);
  const inBoth = (photo: Raster, minScore: number) => Promise.all(detectors.map((detector) => findFaces(detector, photo, 512, minScore)));

  it.each([1, 2, 3, 4, 5, 6])("sees the same faces in sample photo %i", async (sample) => {
    const [expected, found] = await inBoth(await samplePhoto(sample, 1024), 0.5);
    expect(found.length).toBe(expected.length);
    expect(found.length).toBeGreaterThan(2);
    for (const face of expected) {
      const same = found.find(({ box }) => overlap(box, face.box) > 0.9);
      expect(Math.abs(same!.score - face.score)).toBeLessThan(0.05);
    }
  });

  it.each(FACES)("sees a face that fills the picture (sample photo $sample)", async (square) => {
    const [[expected], [found]] = await inBoth(await faceCrop(square, 512), 0.2);
    expect(overlap(found.box, expected.box)).toBeGreaterThan(0.88);
    expect(Math.abs(found.score - expected.score)).toBeLessThan(0.1);
  });
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

/** A detector that runs this ONNX file (its path or its bytes). */
function detectorOf(model: string | Uint8Array): Detector {
  return centerface({
    input: (length) => new Float32Array(length),
    run: async (input) => (await runModel(model, input)) as Record<string, Values>,
    close: () => Promise.resolve(),
  });
}
