import type { Raster } from "../../image/picture.js";
import { CHIP_SIZE, chipPlacement } from "../alignment.js";
import type { Point } from "../geometry.js";
import { mirrorSquare, sampleSquare } from "../sampling.js";
import { runOnSquares } from "./batches.js";
import type { Model } from "./session.js";

/**
 * 128 numbers that lie near each other for photos of one person, by face-api's network on dlib's aligned chip: the mean
 * of the upright face's and of its mirror image's, which on LFW's pairs errs less than either.
 * @param landmarks the 68 points of each face, pixels of `picture`
 */
export async function describeFaces(model: Model, picture: Raster, landmarks: Point[][]): Promise<number[][]> {
  const upright = 3 * CHIP_SIZE * CHIP_SIZE;
  const paint = (points: Point[], chips: Float32Array) => {
    sampleSquare(picture, chipPlacement(points), CHIP_SIZE, chips.subarray(0, upright));
    mirrorSquare(chips.subarray(0, upright), CHIP_SIZE, chips.subarray(upright));
  };
  const answers = await runOnSquares(model, CHIP_SIZE, landmarks, paint, 2);
  return landmarks.map((_, i) => {
    const mirrored = answers[2 * i + 1].descriptors;
    return Array.from(answers[2 * i].descriptors, (value, k) => (value + mirrored[k]) / 2);
  });
}
