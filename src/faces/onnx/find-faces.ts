import type { Raster } from "../../image/picture.js";
import { resize } from "../../image/resize.js";
import { overlap, suppress, type Detection, type Point } from "../geometry.js";

/**
 * A network that finds faces in a raster as it is: every guess of at least this score in pixels of the raster, several
 * for a face; boxes may reach beyond the raster.
 */
export type Detector = (raster: Raster, minScore: number) => Promise<Detection[]>;

/** Small pictures are enlarged this much at most: beyond it there is nothing more to see. */
const MAX_ENLARGEMENT = 2;
/** Boxes that overlap by this much are one face. */
const SAME_FACE = 0.3;
/** Boxes that overlap by this much see the face alike. */
const SAME_BOX = 0.7;

/**
 * Finds the faces of a picture.
 * @param detectSize longer side of the picture that the detector sees, pixels
 * @returns faces of at least this score, best first, in pixels of `picture`; boxes may reach beyond it
 */
export async function findFaces(detector: Detector, picture: Raster, detectSize: number, minScore: number): Promise<Detection[]> {
  const factor = Math.min(detectSize / Math.max(picture.width, picture.height), MAX_ENLARGEMENT);
  const width = Math.max(1, Math.round(picture.width * factor));
  const height = Math.max(1, Math.round(picture.height * factor));
  const guesses = await detector(await resize(picture, width, height), minScore);
  return suppress(guesses, SAME_FACE).map((group) => scale(agreed(group), picture.width / width, picture.height / height));
}

/**
 * Neighbouring cells often score a face alike but size it differently, and which of them wins is decided by noise:
 * the mean of those that agree with the best, weighted by score, moves less than the best alone.
 */
function agreed([best, ...others]: [Detection, ...Detection[]]): Detection {
  const voters = [best, ...others.filter(({ box }) => overlap(box, best.box) >= SAME_BOX)];
  const total = voters.reduce((sum, { score }) => sum + score, 0);
  const mean = (value: (voter: Detection) => number) => voters.reduce((sum, voter) => sum + voter.score * value(voter), 0) / total;
  const point = (name: keyof Detection["points"]): Point => [mean(({ points }) => points[name][0]), mean(({ points }) => points[name][1])];
  return {
    box: { x: mean(({ box }) => box.x), y: mean(({ box }) => box.y), width: mean(({ box }) => box.width), height: mean(({ box }) => box.height) },
    score: best.score,
    points: { leftEye: point("leftEye"), rightEye: point("rightEye"), nose: point("nose"), mouthLeft: point("mouthLeft"), mouthRight: point("mouthRight") },
  };
}

/** A detection in pixels of the picture that was resized by these factors' inverses. */
function scale({ box, score, points }: Detection, across: number, down: number): Detection {
  const move = ([x, y]: Point): Point => [x * across, y * down];
  return {
    box: { x: box.x * across, y: box.y * down, width: box.width * across, height: box.height * down },
    score,
    points: {
      leftEye: move(points.leftEye),
      rightEye: move(points.rightEye),
      nose: move(points.nose),
      mouthLeft: move(points.mouthLeft),
      mouthRight: move(points.mouthRight),
    },
  };
}
