import type { RecognitionName } from "../faces/engine.js";

/** What distances are like with one kind of descriptor. All numbers are distances of src/faces/distance.ts. */
export interface Scale {
  /** Between two people picked at random, on average. */
  typical: number;
  /** From here on a photo looks like another person: about where 98 of 100 pairs of different people begin; two photos of one are seldom as far apart. */
  unlike: number;
  /** By how much the nearest person has to lead over the second: nearer together, it could be either. */
  margin: number;
  /** How much nearer everybody comes to a person with many photos, whose mean has less noise than one photo. */
  manyPhotos: number;
  /** A relative distance that one person's photos often have, and strangers hardly ever, however many there are. */
  same: number;
  /** For each of PEOPLE the relative distances below which strangers are with the probabilities SHARES. */
  strangers: readonly (readonly number[])[];
}

/** The people enrolled and the shares of strangers that `Scale.strangers` is measured for. */
const PEOPLE = [1, 10, 100, 10_000];
const SHARES = [0.001, 0.01, 0.1, 0.5];

/**
 * `single` from a model of descriptors, the others from the distances of 100 real people, drawn on to 10,000
 * (docs/matching.md); a larger gallery replaces them by its own.
 */
export const SCALES: Record<RecognitionName, Scale> = {
  single: {
    typical: 0.77,
    unlike: 0.6,
    margin: 0.04,
    manyPhotos: 0.06,
    same: 0.06,
    strangers: [
      [0.12, 0.16, 0.27, 0.38],
      [0.105, 0.163, 0.24, 0.297],
      [0.095, 0.148, 0.21, 0.276],
      [0.118, 0.145, 0.182, 0.217],
    ],
  },
  fused: {
    typical: 1.68,
    unlike: 1.33,
    margin: 0.07,
    manyPhotos: 0.1,
    same: 0.1,
    strangers: [
      [0.26, 0.4, 0.6, 0.83],
      [0.22, 0.35, 0.52, 0.66],
      [0.2, 0.31, 0.49, 0.61],
      [0.26, 0.33, 0.42, 0.5],
    ],
  },
  sface: {
    typical: 1.33,
    unlike: 1.17,
    margin: 0.04,
    manyPhotos: 0.05,
    same: 0.2,
    strangers: [
      [0.38, 0.47, 0.57, 0.67],
      [0.33, 0.41, 0.52, 0.585],
      [0.3, 0.38, 0.49, 0.565],
      [0.35, 0.4, 0.45, 0.49],
    ],
  },
};

/** The relative distance that so large a share of strangers comes below where so many people are enrolled. */
export function expected(recognition: RecognitionName, people: number, share: number): number {
  const columns = SHARES.map((_, column) => along(PEOPLE, SCALES[recognition].strangers.map((row) => row[column]), people));
  return along(SHARES, columns, share);
}

/** Linear between the known points in the logarithm of x, and on beyond them; x above the last counts as the last. */
function along(known: readonly number[], values: readonly number[], x: number): number {
  const at = Math.log(Math.min(x, known[known.length - 1]));
  const next = known.findIndex((point, i) => i > 0 && at <= Math.log(point));
  const [from, to] = [Math.log(known[next - 1]), Math.log(known[next])];
  return values[next - 1] + ((values[next] - values[next - 1]) * (at - from)) / (to - from);
}
