import type { Face } from "../faces/face.js";

/** A face that can be enrolled. */
export type DescribedFace = Face & { descriptor: number[] };

/** Longer side of a face's box, pixels: smaller ones are told apart badly (docs/matching.md). */
const SMALLEST = 40;
/** `quality` of a face below which little more than blur is left: found by blurring sharp faces (100 px wide: sigma 5). */
const POOREST = 0.05;
/** A second face whose longer side is this share of the first's: which one is meant? */
const LIKE_SIZE = 0.7;

export type Unfit = { reason: "no-face" | "several-faces" | "too-small" | "too-blurred"; message: string };

/** The face that a photo enrols, the largest one; or why the photo will not do. */
export function faceToEnrol(faces: readonly Face[]): DescribedFace | Unfit {
  const [face, second] = [...faces].sort((a, b) => sideOf(b) - sideOf(a));
  if (face === undefined) return { reason: "no-face", message: "no face was found: use a photo that shows the face large, sharp and from the front" };
  if (second !== undefined && sideOf(second) >= LIKE_SIZE * sideOf(face)) {
    return { reason: "several-faces", message: `${faces.length} faces, the largest two of like size: cut the photo so that one person is left` };
  }
  if (sideOf(face) < SMALLEST) return { reason: "too-small", message: `the face is ${Math.round(sideOf(face))} pixels high, at least ${SMALLEST} are needed` };
  if ((face.quality ?? 1) < POOREST) return { reason: "too-blurred", message: `the face is too blurred or turned too far away (quality ${face.quality}, at least ${POOREST} is needed)` };
  return face as DescribedFace; // the workers are asked for descriptors wherever there is a gallery
}

const sideOf = ({ box }: Face) => Math.max(box.width, box.height);
