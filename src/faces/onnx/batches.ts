import type { Raster } from "../../image/picture.js";
import type { Box } from "../geometry.js";
import { sampleSquare } from "../sampling.js";
import type { Model } from "./session.js";

/** Squares that go through a network at once: eight take a tenth less time each than one; memory grows with more. */
const BATCH = 8;

/** Side of the square crops that face-api's small networks see, pixels. */
export const CROP_SIZE = 112;

/** What a network says of one square: the numbers of each of its outputs. */
export type Answer = Record<string, Float32Array>;

/**
 * Runs a network on one square of pixels for each item, as many at once as pay.
 * @param size side of the squares, pixels
 * @param squares how many squares an item has
 * @param paint writes an item's squares, planar and one behind the other, into `planes`
 * @returns an answer for each square, in order
 */
export async function runOnSquares<T>(model: Model, size: number, items: T[], paint: (item: T, planes: Float32Array) => void, squares = 1): Promise<Answer[]> {
  const answers: Answer[] = [];
  const length = squares * 3 * size * size;
  for (let from = 0; from < items.length; from += BATCH / squares) {
    const batch = items.slice(from, from + BATCH / squares);
    const data = model.input(batch.length * length);
    batch.forEach((item, i) => paint(item, data.subarray(i * length, (i + 1) * length)));
    const count = batch.length * squares;
    const outputs = Object.entries(await model.run({ data, dims: [count, 3, size, size] }));
    for (let i = 0; i < count; i++) {
      answers.push(Object.fromEntries(outputs.map(([name, { data, dims }]) => [name, data.slice(i * dims[1], (i + 1) * dims[1])])));
    }
  }
  return answers;
}

/** Runs one of face-api's small networks on square parts of a picture, given in its pixels. */
export function runOnCrops(model: Model, picture: Raster, squares: Box[]): Promise<Answer[]> {
  return runOnSquares(model, CROP_SIZE, squares, ({ x, y, width }, planes) => {
    sampleSquare(picture, { a: width / CROP_SIZE, b: 0, tx: x, ty: y }, CROP_SIZE, planes);
  });
}
