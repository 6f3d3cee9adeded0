import { inside, suppress } from "../geometry.js";
import { SAME_FACE, type Sighting } from "./look.js";

/** A doubtful face of which this share lies within a surer one's box is a part of that face. */
const WITHIN = 0.9;
/** Faces that score this much are sure. */
export const SURE = 0.7;
/** The size at which the detector sees a face best, pixels of its input. */
const BEST_SIDE = 40;
/** A look that scores a face so much lower than the best look does not size it. */
const RIVAL = 0.6;

/** One sighting for each face of several looks: the best score, the box of the look that saw it at the best size. */
export function merge(sightings: Sighting[]): Sighting[] {
  const faces: Sighting[] = [];
  for (const group of suppress(sightings, SAME_FACE)) {
    const [{ box, score }] = group;
    if (score < SURE && faces.some((surer) => inside(box, surer.box) >= WITHIN)) continue;
    const rivals = group.filter((one) => one.score >= RIVAL * score);
    faces.push({ ...rivals.reduce((a, b) => (unease(b) < unease(a) ? b : a)), score });
  }
  return faces;
}

const unease = ({ seen }: Sighting) => Math.abs(Math.log(seen / BEST_SIDE));
