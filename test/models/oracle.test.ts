// face-api itself is the oracle: the same crops go through the library on tfjs and through our graphs on onnxruntime.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type * as FaceApi from "@vladmandic/face-api";
import { loadLibrary } from "../../src/faces/face-api/library.js";
import { modelPath } from "../../src/models/manifest.js";
import type { Raster } from "../../src/image/picture.js";
import { FACES, faceCrop, planes } from "./face-crops.js";
import { largestDifference, rows, runModel } from "./run-model.js";

const WEIGHTS = join(dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")), "model");

let faceapi: typeof FaceApi;
let crops: Raster[];
let chips: Raster[];

beforeAll(async () => {
  ({ faceapi } = await loadLibrary());
  crops = await Promise.all(FACES.map((face) => faceCrop(face, 112)));
  chips = await Promise.all(FACES.map((face) => faceCrop(face, 150)));
});

/** Asks one of face-api's networks about each raster. */
async function ask<N extends FaceApi.NeuralNetwork<unknown>, T>(network: N, rasters: Raster[], question: (network: N, crop: FaceApi.tf.Tensor3D) => Promise<T>): Promise<T[]> {
  await network.loadFromDisk(WEIGHTS);
  const answers: T[] = [];
  for (const { data, width, height } of rasters) {
    const crop = faceapi.tf.tensor3d(data, [height, width, 3], "int32");
    answers.push(await question(network, crop));
    crop.dispose();
  }
  network.dispose();
  return answers;
}

describe("our graphs against face-api on the same crops", () => {
  it("landmarks: every point within a hundredth of a pixel", async () => {
    const expected = await ask(new faceapi.FaceLandmark68Net(), crops, async (network, crop) => network.detectLandmarks(crop));
    const { landmarks } = await runModel(modelPath("landmarks"), planes(crops));
    rows(landmarks).forEach((fractions, face) => {
      const { positions } = expected[face] as FaceApi.FaceLandmarks68;
      const pixels = positions.flatMap(({ x, y }) => [x, y]);
      expect(largestDifference(fractions.map((fraction) => fraction * 112), pixels)).toBeLessThan(0.01);
    });
  });

  it("descriptors: every number within 0.0001", async () => {
    const expected = await ask(new faceapi.FaceRecognitionNet(), chips, async (network, chip) => network.computeFaceDescriptor(chip));
    const { descriptors } = await runModel(modelPath("descriptor"), planes(chips));
    rows(descriptors).forEach((numbers, face) => {
      expect(largestDifference(numbers, expected[face] as Float32Array)).toBeLessThan(1e-4);
    });
  });

  it("age within 0.1 years, gender within 0.001", async () => {
    const expected = await ask(new faceapi.AgeGenderNet(), crops, async (network, crop) => network.predictAgeAndGender(crop));
    const { age, gender } = await runModel(modelPath("age-gender"), planes(crops));
    rows(gender).forEach(([male, female], face) => {
      const person = expected[face] as FaceApi.AgeAndGenderPrediction;
      expect(Math.abs(Number(age.data[face]) - person.age)).toBeLessThan(0.1);
      expect(male > female ? "male" : "female").toBe(person.gender);
      expect(Math.abs(Math.max(male, female) - person.genderProbability)).toBeLessThan(1e-3);
    });
  });

  it("expressions: every probability within 0.001, in the library's order", async () => {
    const expected = await ask(new faceapi.FaceExpressionNet(), crops, async (network, crop) => network.predictExpressions(crop));
    const { expressions } = await runModel(modelPath("expressions"), planes(crops));
    rows(expressions).forEach((probabilities, face) => {
      const shown = expected[face] as FaceApi.FaceExpressions;
      const labels = faceapi.FACE_EXPRESSION_LABELS.map((label) => shown[label]);
      expect(largestDifference(probabilities, labels)).toBeLessThan(1e-3);
    });
  });
});

describe("batches", () => {
  it.each([
    { name: "landmarks", output: "landmarks", size: 112 },
    { name: "descriptor", output: "descriptors", size: 150 },
    { name: "descriptor-8bit", output: "descriptors", size: 150 },
    { name: "age-gender", output: "gender", size: 112 },
    { name: "expressions", output: "expressions", size: 112 },
  ])("$name: a face's answer does not depend on the faces beside it", async ({ name, output, size }) => {
    const batch = size === 112 ? crops : chips;
    const [together, alone] = [await runModel(modelPath(name), planes(batch)), await runModel(modelPath(name), planes([batch[2]]))];
    expect(largestDifference(rows(together[output])[2], rows(alone[output])[0])).toBeLessThan(1e-5);
  });
});
