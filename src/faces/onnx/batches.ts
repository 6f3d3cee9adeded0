import type { Raster } from "../../image/picture.js";
import type { Box } from "../geometry.js";
import type { Similarity } from "../alignment.js";
import { mirrorSquares, sampleSquare } from "../sampling.js";
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
export async function runOnSquares<T>(model: Model, size: number, items: T[], paint: (item: T, planes: Float32Array) => void): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const together of inBatches(items, BATCH)) {
    const squares = model.input(together.length * 3 * size * size);
    together.forEach((item, i) => paint(item, part(squares, i, together.length)));
    answers.push(...(await answersTo(model, squares, together.length, size)));
  }
  return answers;
}

/**
 * Runs a network on squares of a picture and another one on their mirror images.
 * @param placements take pixels of each square to pixels of `picture`
 */
export async function runOnMirrored(upright: Model, mirrored: Model, picture: Raster, size: number, placements: Similarity[]): Promise<[Answer, Answer][]> {
  const answers: [Answer, Answer][] = [];
  for (const together of inBatches(placements, BATCH)) {
    const length = together.length * 3 * size * size;
    const squares = upright.input(length);
    together.forEach((placement, i) => sampleSquare(picture, placement, size, part(squares, i, together.length)));
    const straight = await answersTo(upright, squares, together.length, size);
    const flipped = mirrored.input(length);
    mirrorSquares(squares, size, flipped);
    const turned = await answersTo(mirrored, flipped, together.length, size);
    together.forEach((_, i) => answers.push([straight[i], turned[i]]));
  }
  return answers;
}

function inBatches<T>(items: readonly T[], batch: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / batch) }, (_, i) => items.slice(i * batch, (i + 1) * batch));
}

function part(numbers: Float32Array, i: number, parts: number): Float32Array {
  const length = numbers.length / parts;
  return numbers.subarray(i * length, (i + 1) * length);
}

/** Copies of what a network says of each of so many squares. */
async function answersTo(model: Model, data: Float32Array, squares: number, size: number): Promise<Answer[]> {
  const outputs = Object.entries(await model.run({ data, dims: [squares, 3, size, size] }));
  return Array.from({ length: squares }, (_, i) => Object.fromEntries(outputs.map(([name, { data }]) => [name, part(data, i, squares).slice()])));
}

/** Runs one of face-api's small networks on square parts of a picture, given in its pixels. */
export function runOnCrops(model: Model, picture: Raster, squares: Box[]): Promise<Answer[]> {
  return runOnSquares(model, CROP_SIZE, squares, ({ x, y, width }, planes) => {
    sampleSquare(picture, { a: width / CROP_SIZE, b: 0, tx: x, ty: y }, CROP_SIZE, planes);
  });
}
