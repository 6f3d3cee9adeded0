import type { Raster } from "../../image/picture.js";
import { apply, squarePlacement, tiltOf } from "../alignment.js";
import type { Detection, Point } from "../geometry.js";
import { sampleSquare } from "../sampling.js";
import { CROP_SIZE, runOnSquares } from "./batches.js";
import type { Model } from "./session.js";

/**
 * The 68 points of the iBUG annotation, by face-api's network on the square about a face's box. The square is turned
 * with the head: on upright faces the network errs less.
 * @param faces boxes and five points in pixels of `picture`
 * @returns 68 points for each face, in pixels of `picture`
 */
export async function findLandmarks(model: Model, picture: Raster, faces: Pick<Detection, "box" | "points">[]): Promise<Point[][]> {
  const placements = faces.map(({ box, points }) => squarePlacement(box, CROP_SIZE, tiltOf(points)));
  const answers = await runOnSquares(model, CROP_SIZE, placements, (placement, planes) => sampleSquare(picture, placement, CROP_SIZE, planes));
  return answers.map(({ landmarks }, i) =>
    Array.from({ length: 68 }, (_, k) => apply(placements[i], [landmarks[2 * k] * CROP_SIZE, landmarks[2 * k + 1] * CROP_SIZE])),
  );
}
