import type { Raster } from "../../image/picture.js";
import { faceresMean } from "../../models/faceres-mean.js";
import { angleOf, chipPlacement, squarePlacement } from "../alignment.js";
import type { Box, Point } from "../geometry.js";
import { mirrorSquare, sampleSquare } from "../sampling.js";
import { runOnSquares } from "./batches.js";
import type { Model } from "./session.js";

/** Side of the square that the network sees, pixels. */
const SIZE = 224;

/**
 * 1,024 numbers of unit length, to be compared by cosine, by the network faceres on the square about a face's box,
 * turned upright: the sum of those of the square and of its mirror image. What all faces have in common, the mean, is
 * taken off: it would hide the differences.
 * @param faces boxes and 68 points in pixels of `picture`
 */
export async function describeByFaceres(model: Model, picture: Raster, faces: { box: Box; landmarks: Point[] }[]): Promise<number[][]> {
  const described: number[][] = [];
  for (const { box, landmarks } of faces) {
    // A face at a time: the network is no faster on more, and its activations are large.
    const crop = new Float32Array(3 * SIZE * SIZE);
    sampleSquare(picture, squarePlacement(box, SIZE, angleOf(chipPlacement(landmarks))), SIZE, crop);
    const [upright, mirrored] = await runOnSquares(model, SIZE, [crop, mirrorSquare(crop, SIZE)], (square, planes, at) => planes.set(square, at));
    described.push(comparable(upright.features, mirrored.features));
  }
  return described;
}

function comparable(upright: Float32Array, mirrored: Float32Array): number[] {
  const mean = faceresMean();
  const both = unit(Array.from(upright, (value, i) => value + mirrored[i]));
  return unit(both.map((value, i) => value - mean[i]));
}

function unit(numbers: number[]): number[] {
  const length = Math.hypot(...numbers);
  return numbers.map((value) => value / length);
}
