import { crop } from "../../image/crop.js";
import type { Raster } from "../../image/picture.js";
import { resize } from "../../image/resize.js";
import { centre, clip, longerSide, overlap, suppress, type Box, type Detection, type Point } from "../geometry.js";

/**
 * A network that finds faces in a raster as it is: every guess of at least this score in pixels of the raster, several
 * for a face; boxes may reach beyond the raster.
 */
export type Detector = (raster: Raster, minScore: number) => Promise<Detection[]>;

/** A face as one look saw it. */
export interface Sighting extends Detection {
  /** Longer side of its box in the pixels that the detector saw. */
  seen: number;
}

/** Boxes that overlap by this much are one face. */
export const SAME_FACE = 0.3;
/** Boxes that overlap by this much see the face alike. */
const SAME_BOX = 0.7;
/** Of the guesses below this score a look keeps the best few only: they hint where to look again. */
const HINT = { below: 0.3, most: 200 };

/**
 * Looks at a part of a picture at another scale.
 * @param part in pixels of the picture; what lies outside of it is left out
 * @param factor pixels that the detector sees for one of the picture
 * @param faintest what scores less is nothing
 * @returns one sighting for a face, best first, in pixels of the picture
 */
export async function look(detector: Detector, picture: Raster, part: Box, factor: number, faintest: number): Promise<Sighting[]> {
  const { x, y, width, height } = clip(part, picture.width, picture.height);
  const left = Math.min(Math.round(x), picture.width - 1);
  const top = Math.min(Math.round(y), picture.height - 1);
  const cut = crop(picture, left, top, Math.max(1, Math.round(x + width) - left), Math.max(1, Math.round(y + height) - top));
  const input = await resize(cut, Math.max(1, Math.round(cut.width * factor)), Math.max(1, Math.round(cut.height * factor)));
  const guesses = (await detector(input, faintest)).sort((a, b) => b.score - a.score);
  const clear = guesses.findIndex(({ score }) => score < HINT.below);
  const kept = clear < 0 ? guesses : guesses.slice(0, clear + HINT.most);
  return suppress(kept, SAME_FACE).map((group) => {
    const face = agreed(group);
    return { ...place(face, cut.width / input.width, cut.height / input.height, left, top), seen: longerSide(face.box) };
  });
}

/** Looks at one box again: at a square about it that the detector sees as `side` pixels. */
export function lookAgain(detector: Detector, picture: Raster, box: Box, factor: number, side: number, faintest: number): Promise<Sighting[]> {
  const [x, y] = centre(box);
  const width = side / factor;
  return look(detector, picture, { x: x - width / 2, y: y - width / 2, width, height: width }, factor, faintest);
}

/**
 * Neighbouring cells often score a face alike but size it differently, and which of them wins is decided by noise:
 * the mean of those that agree with the best, weighted by score, moves less than the best alone.
 */
function agreed([best, ...others]: [Detection, ...Detection[]]): Detection {
  if (others.length === 0) return best;
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

/** A detection in pixels of the picture, of which the part that was seen begins at `left`, `top`. */
function place({ box, score, points }: Detection, across: number, down: number, left: number, top: number): Detection {
  const move = ([x, y]: Point): Point => [left + x * across, top + y * down];
  return {
    box: { x: left + box.x * across, y: top + box.y * down, width: box.width * across, height: box.height * down },
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
