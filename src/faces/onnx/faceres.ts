import type { Raster } from "../../image/picture.js";
import { angleOf, chipPlacement, squarePlacement } from "../alignment.js";
import type { Box, Point } from "../geometry.js";
import { runOnMirrored } from "./batches.js";
import type { Model } from "./session.js";
import { unit } from "./unit.js";

/** Side of the square that the network sees, pixels. */
const SIZE = 224;

/** The network is no faster on more squares, and its activations are large. */
const SQUARES_AT_A_TIME = 1;

/**
 * 1,024 numbers of unit length, to be compared by cosine, by the network faceres on the square about a face's box,
 * turned upright: the sum of those of the square and of its mirror image. What all faces have in common, the mean, is
 * taken off: it would hide the differences.
 * @param faces boxes and 68 points in pixels of `picture`
 */
export async function describeByFaceres(model: Model, picture: Raster, faces: { box: Box; landmarks: Point[] }[]): Promise<number[][]> {
  const { faceresMean } = await import("../../models/faceres-mean.js"); // with the schemas' library: only where needed
  const mean = faceresMean();
  const squares = faces.map(({ box, landmarks }) => squarePlacement(box, SIZE, angleOf(chipPlacement(landmarks))));
  const answers = await runOnMirrored(model, model, picture, SIZE, squares, SQUARES_AT_A_TIME);
  return answers.map(([upright, mirrored]) => comparable(upright.features, mirrored.features, mean));
}

function comparable(upright: Float32Array, mirrored: Float32Array, mean: readonly number[]): number[] {
  const both = unit(Array.from(upright, (value, i) => value + mirrored[i]));
  return unit(both.map((value, i) => value - mean[i]));
}
