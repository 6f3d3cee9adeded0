/** One pair that was compared. */
export interface Trial {
  same: boolean;
  /** Of the two descriptors; null where one of the pictures has no face: such a pair is an error at any threshold. */
  distance: number | null;
}

/** What is taken for the same person where distances up to `threshold` are. */
export interface Accepted {
  threshold: number;
  /** Pairs of the same person, and of different ones, that are accepted. */
  same: number;
  different: number;
}

/**
 * From accepting nothing to accepting every pair with a distance: one point for each distance that occurs, its
 * threshold halfway to the next.
 */
export function sweep(trials: Trial[]): Accepted[] {
  const known = trials.filter((trial): trial is Trial & { distance: number } => trial.distance !== null).sort((a, b) => a.distance - b.distance);
  const points: Accepted[] = [{ threshold: (known[0]?.distance ?? 0) / 2 || -1, same: 0, different: 0 }];
  let [same, different] = [0, 0];
  known.forEach((trial, i) => {
    if (trial.same) same += 1;
    else different += 1;
    const next = known[i + 1]?.distance ?? trial.distance;
    if (next > trial.distance || i === known.length - 1) points.push({ threshold: (trial.distance + next) / 2, same, different });
  });
  return points;
}

/** Share of the trials that are told rightly at this threshold. */
export function accuracyAt(trials: Trial[], threshold: number): number {
  return trials.filter(({ same, distance }) => distance !== null && distance <= threshold === same).length / trials.length;
}

/** The threshold that tells most trials rightly; the lowest of several. */
export function bestThreshold(trials: Trial[]): number {
  return sweep(trials).reduce((best, point) => (point.same - point.different > best.same - best.different ? point : best)).threshold;
}

export interface FoldedAccuracy {
  mean: number;
  /** Standard error of the mean. */
  error: number;
  /** Each fold's, chosen on the others. */
  thresholds: number[];
}

/**
 * Each fold is told by the threshold that is best on all other folds.
 * @see Huang et al., Labeled Faces in the Wild, UMass technical report 07-49 (2007), section IV: "View 2"
 * @param folds at least two
 */
export function foldedAccuracy(folds: Trial[][]): FoldedAccuracy {
  const thresholds = folds.map((fold) => bestThreshold(folds.flatMap((other) => (other === fold ? [] : other))));
  const accuracies = folds.map((fold, i) => accuracyAt(fold, thresholds[i]));
  const mean = sum(accuracies) / folds.length;
  const deviation = Math.sqrt(sum(accuracies.map((accuracy) => (accuracy - mean) ** 2)) / (folds.length - 1));
  return { mean, error: deviation / Math.sqrt(folds.length), thresholds };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A threshold's error rates. */
export interface Rates {
  threshold: number;
  /** False accept rate: share of the pairs of different persons that are accepted. */
  far: number;
  /** True accept rate: share of the pairs of one person that are accepted. */
  tar: number;
}

/** The ROC curve, strictest threshold first; empty where one of the kinds of pairs is missing. Pairs without a distance are never accepted. */
export function rocOf(trials: Trial[]): Rates[] {
  const same = trials.filter((trial) => trial.same).length;
  const different = trials.length - same;
  if (same === 0 || different === 0) return [];
  return sweep(trials).map((point) => ({ threshold: point.threshold, far: point.different / different, tar: point.same / same }));
}

/** The point that accepts most where at most the share `far` of different pairs is accepted. */
export function ratesAtFar(roc: Rates[], far: number): Rates | undefined {
  return roc.findLast((point) => point.far <= far);
}
