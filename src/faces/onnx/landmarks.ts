import type { Raster } from "../../image/picture.js";
import { squareOf, type Box, type Point } from "../geometry.js";
import { runOnCrops } from "./batches.js";
import type { Model } from "./session.js";

/**
 * The 68 points of the iBUG annotation, by face-api's network on the square about a face's box.
 * @returns 68 points for each box, in pixels of `picture`
 */
export async function findLandmarks(model: Model, picture: Raster, boxes: Box[]): Promise<Point[][]> {
  const squares = boxes.map(squareOf);
  const answers = await runOnCrops(model, picture, squares);
  return answers.map(({ landmarks }, i) => {
    const { x, y, width } = squares[i];
    return Array.from({ length: 68 }, (_, k): Point => [x + landmarks[2 * k] * width, y + landmarks[2 * k + 1] * width]);
  });
}
