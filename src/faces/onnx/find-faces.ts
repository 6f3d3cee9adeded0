import type { Raster } from "../../image/picture.js";
import { longerSide, overlap, type Detection } from "../geometry.js";
import { lookCloser } from "./closer-look.js";
import { inMirror } from "./in-mirror.js";
import { look, lookAgain, type Detector, type Sighting } from "./look.js";
import { merge, SURE } from "./merge.js";

/** Small pictures are enlarged this much at most for the first look. */
const MAX_ENLARGEMENT = 2;
/** Faces that score this much, but are not sure, are looked at a second time. */
const DOUBTFUL = 0.3;
/** At most so many, the best first: they cost a millisecond or two each. */
const SECOND_LOOKS = 8;
/** The second look: the face this large in a square of this side, pixels of the detector's input. */
const SECOND = { face: 56, side: 160, enlargement: 3 };
/** What scores less in another look counts as nothing. */
const FAINTEST = 0.05;
/** Boxes that overlap by this much are the doubted face. */
const SAME_FACE = 0.4;
/** The look at the whole picture for a face that fills it: its size as a share of the first look's. */
const GLANCE = 3 / 8;
/** Faces with a side of at least this share of the picture's longer side fill it. */
const FILLING = 0.4;

/**
 * Finds the faces of a picture (how and why: docs/detector.md).
 * @param detectSize longer side of the picture that the detector sees at first, pixels
 * @returns faces of at least this score, best first, in pixels of `picture`; boxes may reach beyond it
 */
export async function findFaces(detector: Detector, picture: Raster, detectSize: number, minScore: number): Promise<Detection[]> {
  const factor = Math.min(detectSize / Math.max(picture.width, picture.height), MAX_ENLARGEMENT);
  const whole = { x: 0, y: 0, width: picture.width, height: picture.height };
  const fills = ({ box }: Detection) => longerSide(box) >= FILLING * longerSide(whole);
  let found = await lookCloser(detector, picture, whole, factor);
  if (found.some(fills) && !found.some(({ score }) => score >= SURE)) {
    const glance = await look(detector, picture, whole, factor * GLANCE, FAINTEST);
    found = merge([...found, ...glance.filter(fills)]);
  }
  const looked: Sighting[] = [];
  let seconds = 0;
  for (const face of found) {
    const doubtful = face.score >= DOUBTFUL && face.score < SURE;
    const open = Math.sqrt(face.score) >= minScore; // even where the second look is sure
    // The glance was the second look at faces that fill the picture.
    const again = doubtful && open && !fills(face) && seconds < SECOND_LOOKS;
    if (again) seconds++;
    looked.push(again ? await secondLook(detector, picture, face) : face);
  }
  return looked.filter(({ score }) => score >= minScore).sort((a, b) => b.score - a.score);
}

/** The face with the geometric mean of both looks' scores, the second in the mirror; the box and points of the better one. */
async function secondLook(detector: Detector, picture: Raster, face: Sighting): Promise<Sighting> {
  const factor = Math.min(SECOND.face / longerSide(face.box), SECOND.enlargement);
  const again = await lookAgain(inMirror(detector), picture, face.box, factor, SECOND.side, FAINTEST);
  const same = again.find(({ box }) => overlap(box, face.box) >= SAME_FACE);
  const score = Math.sqrt(face.score * (same?.score ?? 0));
  return same && same.score > face.score ? { ...same, score } : { ...face, score };
}
