import type { RecognitionName } from "../faces/engine.js";
import type { Candidate } from "./candidate.js";
import { asDistance, relativeDistance, type MatchRule } from "./matching.js";
import { SCALES, expected } from "./recognition.js";

/** One enrolled photo searched among the other people, as a stranger's would be: nearest first. */
export type Stranger = readonly Candidate[];

/** What is known of a gallery beside the sample. */
export interface GallerySize {
  people: number;
  photos: number;
  recognition: RecognitionName;
}

/** Aimed at a little less than what is promised: a threshold from a sample errs to both sides. */
const AIM = 0.9;
/** The tail that is fitted holds so many of the sample, and at least so many times the rate. */
const TAIL = { samples: 15, rates: 3, most: 0.5 };
/** As how many samples the measured defaults count: for where the tail begins, and for how steep it is. */
const DEFAULTS = { start: 20, slope: 5 };
/** How people enrolled twice are told from strangers; `reach`: a tail fitted so far up gets shorter further down. */
const DOUBLES = { share: 1 / 3, least: 20, deviations: 3, reach: 0.8 };

/**
 * The rule by which about `falseMatchRate` of strangers get a name. Each enrolled photo is a stranger to the other
 * people: the smallest of their relative distances are taken for an exponential tail ("peaks over threshold",
 * Pickands 1975), and where it reaches the rate is the threshold. A small gallery leans on measured defaults.
 * @param sample of the gallery's photos, all or picked at random (500 tell enough); those without candidates are left out
 * @param falseMatchRate above 0, below 1
 * @throws RangeError where the rate is none
 */
export function calibrate(sample: readonly Stranger[], { people, photos, recognition }: GallerySize, falseMatchRate: number): MatchRule {
  if (!(falseMatchRate > 0 && falseMatchRate < 1)) throw new RangeError(`a false-match rate lies between 0 and 1, not at ${falseMatchRate}`);
  const rate = AIM * falseMatchRate;
  const strangers = sample
    .filter((others) => others.length > 0)
    .map((others) => relativeDistance(others, recognition))
    .filter((value) => value >= SCALES[recognition].same) // rather one person under two names
    .sort((a, b) => a - b);
  const usual = (share: number): Tail => {
    const [from, to] = [share, Math.min(rate, share / 2)].map((part) => expected(recognition, Math.max(1, people), part));
    return { share, start: from, slope: (from - to) / Math.log(share / Math.min(rate, share / 2)) };
  };
  const weight = Math.min(1, people / Math.max(1, photos)); // several photos of one person tell hardly more than one
  return {
    kind: "auto",
    threshold: thresholdFor(strangers, weight, usual, rate),
    cap: asDistance(expected(recognition, 1, rate), recognition),
    recognition,
  };
}

/** The smallest values: the share that lies below `start`; each further factor e of rareness lies `slope` lower. */
interface Tail {
  share: number;
  start: number;
  slope: number;
}

/** @param strangers relative distances, ascending; each counts as `weight` samples */
function thresholdFor(strangers: readonly number[], weight: number, usual: (share: number) => Tail, rate: number): number {
  const count = strangers.length * weight;
  const share = Math.min(TAIL.most, Math.max(TAIL.rates * rate, TAIL.samples / Math.max(1, count)));
  const lowest = (values: readonly number[]) => reach(fitted(values, weight, usual(share), meanExcess), rate);

  // People enrolled twice make the tail too long. The median of a wider part hardly moves for them: where far more
  // values lie below the threshold that it gives than chance explains, these are left out.
  const wide = fitted(strangers, weight, usual(DOUBLES.share), medianExcess);
  const robust = reach({ ...wide, slope: DOUBLES.reach * wide.slope }, rate);
  const below = strangers.filter((value) => value < robust).length;
  const chance = strangers.length * rate;
  if (count < DOUBLES.least || below <= chance + DOUBLES.deviations * Math.sqrt(chance) + 1) return lowest(strangers);
  return Math.max(lowest(strangers.slice(below)), robust);
}

/** The value below which so small a share lies. */
function reach({ share, start, slope }: Tail, rate: number): number {
  return start - slope * Math.log(share / rate);
}

/** The tail of ascending values, drawn towards the usual one the more, the fewer there are. */
function fitted(values: readonly number[], weight: number, usual: Tail, excessOf: (excesses: readonly number[]) => number): Tail {
  if (values.length === 0) return usual;
  const start = quantile(values, usual.share);
  const excesses = values.filter((value) => value < start).map((value) => start - value);
  const samples = excesses.length * weight;
  const slope = samples > 0 ? (samples * excessOf(excesses) + DEFAULTS.slope * usual.slope) / (samples + DEFAULTS.slope) : usual.slope;
  const count = values.length * weight;
  return { share: usual.share, start: (count * start + DEFAULTS.start * usual.start) / (count + DEFAULTS.start), slope };
}

/** An exponential distribution's parameter is its mean, */
function meanExcess(excesses: readonly number[]): number {
  return excesses.reduce((sum, excess) => sum + excess, 0) / excesses.length;
}

/** and its median is ln 2 of it. Excesses come in descending order. */
function medianExcess(excesses: readonly number[]): number {
  return quantile(excesses, 0.5) / Math.LN2;
}

/** Of values in order; linear between two of them. */
function quantile(values: readonly number[], share: number): number {
  const at = Math.min(values.length - 1, Math.max(0, share * values.length - 0.5));
  const low = Math.floor(at);
  const high = Math.min(low + 1, values.length - 1);
  return values[low] + (at - low) * (values[high] - values[low]);
}
