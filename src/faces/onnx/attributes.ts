import type { Raster } from "../../image/picture.js";
import type { Face } from "../face.js";
import { squareOf, type Box, type Point } from "../geometry.js";
import { runOnCrops } from "./batches.js";
import type { Model } from "./session.js";

/** The order of the network's outputs. */
const EXPRESSIONS = ["neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"] as const;

/** Room around the 68 points that face-api gives these networks, as a share of their extent. */
const MARGIN = 0.2;

/**
 * Age (years) and gender, by face-api's network.
 * @param landmarks the 68 points of each face, pixels of `picture`
 */
export async function estimateAgeGender(model: Model, picture: Raster, landmarks: Point[][]): Promise<Required<Pick<Face, "age" | "gender">>[]> {
  const answers = await runOnCrops(model, picture, landmarks.map(surroundings));
  return answers.map(({ age, gender: [male, female] }) => ({
    age: Math.max(0, age[0]),
    gender: male > female ? { value: "male", score: male } : { value: "female", score: female },
  }));
}

/**
 * Expressions, by face-api's network.
 * @param landmarks the 68 points of each face, pixels of `picture`
 * @returns a share for each expression; they sum up to 1
 */
export async function estimateExpressions(model: Model, picture: Raster, landmarks: Point[][]): Promise<Record<string, number>[]> {
  const answers = await runOnCrops(model, picture, landmarks.map(surroundings));
  return answers.map(({ expressions }) => Object.fromEntries(EXPRESSIONS.map((name, i) => [name, expressions[i]])));
}

/** The square about a face's points that these networks were trained on. */
function surroundings(landmarks: Point[]): Box {
  const xs = landmarks.map(([x]) => x);
  const ys = landmarks.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - x, Math.max(...ys) - y];
  return squareOf({
    x: x - (width * MARGIN) / 2,
    y: y - (height * MARGIN) / 2,
    width: width * (1 + MARGIN),
    height: height * (1 + MARGIN),
  });
}
