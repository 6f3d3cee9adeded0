import type { Raster } from "../../src/image/picture.js";
import { CHIP_SIZE, chipPlacement } from "../../src/faces/alignment.js";
import { runOnMirrored } from "../../src/faces/onnx/batches.js";
import { describeByDlib } from "../../src/faces/onnx/descriptor.js";
import { findLandmarks } from "../../src/faces/onnx/landmarks.js";
import { openModel, type Model } from "../../src/faces/onnx/session.js";
import { mirrorSquares, sampleSquare } from "../../src/faces/sampling.js";
import { modelPath } from "../../src/models/manifest.js";
import { FACES, faceCrop } from "../models/face-crops.js";
import { runModel, rows } from "../models/run-model.js";

const SIZE = 2;

/** A network that answers with the squares themselves, and the sizes of the batches it got. */
function echo(batches: number[]): Model {
  let memory = new Float32Array();
  return {
    input: (length) => (memory.length === length ? memory : (memory = new Float32Array(length))),
    run({ data, dims }) {
      batches.push(dims[0]);
      return Promise.resolve({ squares: { data, dims: [dims[0], data.length / dims[0]] } });
    },
    close: () => Promise.resolve(),
  };
}

/** A row of pixels, each as bright as its number; and squares of four of them, one after the other. */
const row: Raster = { data: Uint8Array.from({ length: 3 * 40 }, (_, i) => Math.floor(i / 3)), width: 40, height: 1 };
const places = (count: number) => Array.from({ length: count }, (_, i) => ({ a: 1, b: 0, tx: 2 * i, ty: 0 }));

describe("squares and their mirror images", () => {
  it.each([
    { squares: 0, batches: [] },
    { squares: 3, batches: [3] },
    { squares: 8, batches: [8] },
    { squares: 9, batches: [8, 1] },
  ])("$squares of them go through two networks, eight at once, in order", async ({ squares, batches }) => {
    const seen: Record<string, number[]> = { upright: [], mirrored: [] };
    const [upright, mirrored] = Object.values(seen).map(echo);
    const answers = await runOnMirrored(upright, mirrored, row, SIZE, places(squares));
    expect(answers.map(([{ squares: [left, right] }]) => [left, right])).toEqual(places(squares).map(({ tx }) => [tx, tx + 1]));
    expect(answers.map(([, { squares: [left, right] }]) => [left, right])).toEqual(places(squares).map(({ tx }) => [tx + 1, tx]));
    expect(seen).toEqual({ upright: batches, mirrored: batches });
  });
});

it("a descriptor is the mean of the network's for the upright face and of the 8-bit one's for its mirror image", async () => {
  const [upright, mirrored, points] = await Promise.all(["descriptor", "descriptor-8bit", "landmarks"].map((name) => openModel(modelPath(name))));
  const picture = await faceCrop(FACES[1], 240);
  const box = { x: 20, y: 20, width: 200, height: 200 };
  const [landmarks] = await findLandmarks(points, picture, [{ box, points: { leftEye: [80, 95], rightEye: [160, 95], nose: [120, 140], mouthLeft: [90, 180], mouthRight: [150, 180] } }]);
  const [descriptor] = await describeByDlib(upright, mirrored, picture, [landmarks]);

  const [chip, flipped] = [0, 0].map(() => new Float32Array(3 * CHIP_SIZE ** 2));
  sampleSquare(picture, chipPlacement(landmarks), CHIP_SIZE, chip);
  mirrorSquares(chip, CHIP_SIZE, flipped);
  const answer = async (model: string, data: Float32Array) => rows((await runModel(modelPath(model), { data, dims: [1, 3, CHIP_SIZE, CHIP_SIZE] })).descriptors)[0];
  const [first, second] = [await answer("descriptor", chip), await answer("descriptor-8bit", flipped)];
  descriptor.forEach((number, i) => expect(number).toBeCloseTo((first[i] + second[i]) / 2, 5));
  await Promise.all([upright, mirrored, points].map((model) => model.close()));
});
