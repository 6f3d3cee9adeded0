// The graph model itself is the oracle: the same crops go through TensorFlow.js and through our graph on onnxruntime.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import type { Raster } from "../../src/image/picture.js";
import { modelPath } from "../../src/models/manifest.js";
import { FACES, faceCrop, planes } from "./face-crops.js";
import { largestDifference, rows, runModel } from "./run-model.js";

const FILES = join(dirname(createRequire(import.meta.url).resolve("@vladmandic/human")), "../models");
const [FEATURES, AGES, MALE] = ["global_pooling/Mean", "age_pred/Softmax", "gender_pred/Sigmoid"];
/** Blue, green, red: as the network wants its input. */
const MEAN_BGR = [103.939, 116.779, 123.68];

let crops: Raster[];
let expected: { features: Float32Array; ages: Float32Array; male: Float32Array }[];

beforeAll(async () => {
  crops = await Promise.all(FACES.map((face) => faceCrop(face, 224)));
  await tf.setBackend("wasm");
  const model = await tf.loadGraphModel({ load: () => Promise.resolve(readModel()) });
  expected = crops.map((crop) => tf.tidy(() => {
    const input = tf.tensor(Float32Array.from(crop.data), [1, 224, 224, 3]).reverse(3).sub(MEAN_BGR);
    const outputs = model.execute(input, [FEATURES, AGES, MALE]) as tf.Tensor[];
    const [features, ages, male] = outputs.map((output) => output.dataSync() as Float32Array);
    return { features, ages, male };
  }));
  model.dispose();
});

function readModel(): tf.io.ModelArtifacts {
  const { modelTopology, signature, weightsManifest: [{ weights }] } = JSON.parse(readFileSync(join(FILES, "faceres.json"), "utf8"));
  return { modelTopology, signature, weightSpecs: weights, weightData: new Uint8Array(readFileSync(join(FILES, "faceres.bin"))).buffer };
}

const length = (numbers: ArrayLike<number>) => Math.hypot(...Array.from(numbers));
const years = (ages: ArrayLike<number>) => Array.from(ages).reduce((sum, share, age) => sum + share * age, 0);

describe("our graph of faceres against the graph model on TensorFlow.js' wasm backend", () => {
  it("features within 0.00001 of their length", async () => {
    const { features } = await runModel(modelPath("faceres"), planes(crops));
    rows(features).forEach((numbers, face) => {
      const difference = numbers.map((value, i) => value - expected[face].features[i]);
      expect(length(difference) / length(expected[face].features)).toBeLessThan(1e-5);
    });
  });

  it("every year's share and gender within 0.00001, age within 0.001 years", async () => {
    const { ages, male } = await runModel(modelPath("faceres"), planes(crops));
    rows(ages).forEach((shares, face) => {
      expect(largestDifference(shares, expected[face].ages)).toBeLessThan(1e-5);
      expect(Math.abs(years(shares) - years(expected[face].ages))).toBeLessThan(1e-3);
    });
    expect(largestDifference(male.data as Float32Array, expected.map((face) => face.male[0]))).toBeLessThan(1e-5);
  });

  it("a face's answer does not depend on the faces beside it", async () => {
    const [together, alone] = [await runModel(modelPath("faceres"), planes(crops)), await runModel(modelPath("faceres"), planes([crops[2]]))];
    expect(largestDifference(rows(together.features)[2], rows(alone.features)[0])).toBeLessThan(1e-5);
  });
});
