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
  const chips = landmarks.flatMap((points) => {
    const chip = new Float32Array(3 * CHIP_SIZE * CHIP_SIZE);
    sampleSquare(picture, chipPlacement(points), CHIP_SIZE, chip);
    return [chip, mirrorSquare(chip, CHIP_SIZE)];
  });
  const answers = await runOnSquares(model, CHIP_SIZE, chips, (chip, planes, at) => planes.set(chip, at));
  return landmarks.map((_, i) => {
    const mirrored = answers[2 * i + 1].descriptors;
    return Array.from(answers[2 * i].descriptors, (value, k) => (value + mirrored[k]) / 2);
  });
}
