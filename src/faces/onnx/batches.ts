import type { Raster } from "../../image/picture.js";
import type { Box } from "../geometry.js";
import type { Similarity } from "../alignment.js";
import { mirrorSquare, sampleSquare } from "../sampling.js";
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
 * @param paint writes an item's square, planar, into `planes`
 */
export async function runOnSquares<T>(model: Model, size: number, items: T[], paint: (item: T, planes: Float32Array) => void, batch = BATCH): Promise<Answer[]> {
  const answers: Answer[] = [];
  const length = 3 * size * size;
  for (let from = 0; from < items.length; from += batch) {
    const together = items.slice(from, from + batch);
    const data = model.input(together.length * length);
    together.forEach((item, i) => paint(item, data.subarray(i * length, (i + 1) * length)));
    const outputs = Object.entries(await model.run({ data, dims: [together.length, 3, size, size] }));
    for (let i = 0; i < together.length; i++) {
      answers.push(Object.fromEntries(outputs.map(([name, { data, dims }]) => [name, data.slice(i * dims[1], (i + 1) * dims[1])])));
    }
  }
  return answers;
}

/**
 * Runs a network on squares of a picture and on their mirror images.
 * @param placements take pixels of each square to pixels of `picture`
 * @param batch squares at once, mirror images counted: even
 */
export async function runOnMirrored(model: Model, picture: Raster, size: number, placements: Similarity[], batch = BATCH): Promise<[Answer, Answer][]> {
  const squares = placements.flatMap((placement) => [{ placement, mirrored: false }, { placement, mirrored: true }]);
  let upright: Float32Array; // stands in the batch right before its mirror image
  const paint = ({ placement, mirrored }: (typeof squares)[number], planes: Float32Array) => {
    if (mirrored) return mirrorSquare(upright, size, planes);
    sampleSquare(picture, placement, size, planes);
    upright = planes;
  };
  const answers = await runOnSquares(model, size, squares, paint, batch);
  return placements.map((_, i) => [answers[2 * i], answers[2 * i + 1]]);
}

/** Runs one of face-api's small networks on square parts of a picture, given in its pixels. */
export function runOnCrops(model: Model, picture: Raster, squares: Box[]): Promise<Answer[]> {
  return runOnSquares(model, CROP_SIZE, squares, ({ x, y, width }, planes) => {
    sampleSquare(picture, { a: width / CROP_SIZE, b: 0, tx: x, ty: y }, CROP_SIZE, planes);
  });
}
