import { distance } from "../faces/distance.js";
import type { RecognitionName } from "../faces/engine.js";
import { type Candidate, CANDIDATES } from "./candidate.js";
import type { Gallery } from "./gallery.js";
import { decide, fixedRule, relativeDistance } from "./matching.js";
import { SCALES } from "./recognition.js";

/** Photos that are looked at: so many tell a rate of 1 % well enough. */
const SAMPLE = 1000;

/** What a gallery tells about how far apart its people are. */
export interface Survey {
  /** Of each photo to the nearest other one of the same person, where there is one. */
  within: number[];
  /** The nearest other people of each photo, nearest first: what a stranger would find. */
  strangers: Candidate[][];
  /** Pairs of people so near that they are rather one person under two names; no strangers to one another. */
  doubles: [name: string, other: string][];
}

/** Looks at up to 1,000 photos, evenly over the gallery. */
export async function survey(gallery: Pick<Gallery, "sample" | "nearest" | "photosOf">, recognition: RecognitionName, step: () => void): Promise<Survey> {
  const sample = await gallery.sample(SAMPLE);
  const found: Survey = { within: [], strangers: [], doubles: [] };
  const doubles = new Map<string, [string, string]>();
  for (const { photo, name, descriptor } of sample) {
    const [[nearest], own] = await Promise.all([gallery.nearest([descriptor], CANDIDATES, [name]), gallery.photosOf(name)]);
    const others = own.filter((other) => other.photo !== photo);
    if (others.length > 0) found.within.push(Math.min(...others.map((other) => distance(other.descriptor, descriptor))));
    if (nearest.length > 0 && relativeDistance(nearest, recognition) < SCALES[recognition].same) {
      const pair = [name, nearest[0].name].sort() as [string, string];
      doubles.set(JSON.stringify(pair), pair);
    } else if (nearest.length > 0) found.strangers.push(nearest);
    step();
  }
  return { ...found, doubles: [...doubles.values()] };
}

/** The largest MATCH_DISTANCE that names at most a share of strangers, to 0.001. */
export function distanceFor(rate: number, strangers: readonly Candidate[][], recognition: RecognitionName): number {
  const named = (thousandths: number) => strangers.filter((nearest) => decide(nearest, fixedRule(thousandths / 1000, recognition)) !== undefined).length / strangers.length;
  let [good, bad] = [0, Math.ceil(1000 * Math.max(...strangers.flat().map((candidate) => candidate.distance))) + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (named(middle) <= rate) good = middle;
    else bad = middle;
  }
  return good / 1000;
}
