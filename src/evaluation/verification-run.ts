import { distance } from "../faces/distance.js";
import type { Face } from "../faces/face.js";
import { type Pair, portraitFile, stemOf } from "./pairs.js";
import { type Analyse, run, type RunFigures } from "./run.js";
import { accuracyAt, bestThreshold, foldedAccuracy, type FoldedAccuracy, type Rates, ratesAtFar, rocOf, type Trial } from "./verification.js";

/** False accept rates that true accept rates are given for. */
const FARS = [0.001, 0.01];

export interface VerificationFigures extends RunFigures {
  pairs: { same: number; different: number };
  /** Pairs with a picture that has no face or failed: errors at any threshold. */
  pairsWithoutFaces: number;
  /** Pictures that were read and have no face. */
  withoutFace: string[];
  /** Absent where there is one fold only. */
  folded?: FoldedAccuracy & { folds: number };
  /** The threshold that is best on all pairs, which flatters. */
  best: { threshold: number; accuracy: number };
  /** Absent from the list where one kind of pairs is missing. */
  tarAtFar: (Rates & { atMost: number })[];
  roc: Rates[];
}

/** How well descriptors tell whether two pictures show the same person. Each picture is analysed once. */
export async function evaluateVerification(folds: Pair[][], root: string, analyse: Analyse): Promise<VerificationFigures> {
  const pairs = folds.flat();
  const portraits = new Map(pairs.flatMap(({ portraits }) => portraits).map((portrait) => [stemOf(portrait), portrait]));
  const stems = new Map<string, string>();
  for (const [stem, portrait] of portraits) stems.set(await portraitFile(root, portrait), stem);
  const descriptors = new Map<string, readonly number[]>();
  const withoutFace: string[] = [];
  const figures = await run([...stems.keys()], analyse, ({ image, faces }, file) => {
    const descriptor = subjectOf(faces, image)?.descriptor;
    if (descriptor) descriptors.set(stems.get(file)!, descriptor);
    else withoutFace.push(file);
  });

  const trials = folds.map((fold) => fold.map((pair) => trialOf(pair, descriptors)));
  const all = trials.flat();
  const same = all.filter((trial) => trial.same).length;
  const roc = rocOf(all);
  const threshold = bestThreshold(all);
  return {
    ...figures,
    pairs: { same, different: all.length - same },
    pairsWithoutFaces: all.filter((trial) => trial.distance === null).length,
    withoutFace,
    ...(folds.length > 1 && { folded: { folds: folds.length, ...foldedAccuracy(trials) } }),
    best: { threshold, accuracy: accuracyAt(all, threshold) },
    tarAtFar: FARS.flatMap((atMost) => {
      const rates = ratesAtFar(roc, atMost);
      return rates ? [{ atMost, ...rates }] : [];
    }),
    roc,
  };
}

function trialOf({ same, portraits }: Pair, descriptors: Map<string, readonly number[]>): Trial {
  const [a, b] = portraits.map((portrait) => descriptors.get(stemOf(portrait)));
  return { same, distance: a && b ? distance(a, b) : null };
}

/**
 * The face that a portrait is of: the largest, those off the centre counting less. Its area is weighted by
 * (1 - d)², d the distance of its centre from the picture's, 1 in the corners.
 */
export function subjectOf<T extends Pick<Face, "box">>(faces: T[], { width, height }: { width: number; height: number }): T | undefined {
  const weight = ({ box }: T) => {
    const off = Math.hypot(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2) / (Math.hypot(width, height) / 2);
    return box.width * box.height * (1 - off) ** 2;
  };
  return [...faces].sort((a, b) => weight(b) - weight(a))[0];
}
