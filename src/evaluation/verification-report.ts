import { plotSvg } from "./plot.js";
import { named, runText } from "./report.js";
import type { VerificationFigures } from "./verification-run.js";

export function verificationText(figures: VerificationFigures): string {
  const { pairs, pairsWithoutFaces, withoutFace, folded, best, tarAtFar } = figures;
  const bestText = `${percent(best.accuracy)} % at the threshold that is best on all pairs, ${best.threshold.toFixed(3)}`;
  return [
    runText(figures),
    `${pairs.same} pairs of the same person, ${pairs.different} of different ones`,
    `pictures without a face: ${withoutFace.length}${named(withoutFace)}; pairs that are errors for want of a face: ${pairsWithoutFaces}`,
    "",
    folded
      ? `accuracy ${percent(folded.mean)} ± ${percent(folded.error)} % (${folded.folds} folds, mean and standard error; threshold chosen on the other folds, ${range(folded.thresholds)})`
      : `accuracy ${bestText} (no folds: this flatters)`,
    ...(folded ? [`accuracy ${bestText} (this flatters)`] : []),
    ...tarAtFar.map(({ atMost, tar, far, threshold }) => `TAR ${tar.toFixed(4)} at FAR ${atMost}, threshold ${threshold.toFixed(3)}${note(atMost, far, pairs.different)}`),
    ...(tarAtFar.length === 0 ? ["no TAR and FAR: they need pairs of both kinds"] : []),
    "",
  ].join("\n");
}

/** A rate that so few pairs cannot show. */
function note(atMost: number, far: number, different: number): string {
  return different * atMost < 1 ? ` (FAR ${far}: ${different} pairs of different people are too few for ${atMost})` : "";
}

function range(thresholds: number[]): string {
  const [least, most] = [Math.min(...thresholds).toFixed(3), Math.max(...thresholds).toFixed(3)];
  return least === most ? least : `${least} to ${most}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}

/** The ROC curve; undefined where one kind of pairs is missing. */
export function rocPlot({ roc, pairs, tarAtFar, best, folded }: VerificationFigures): string | undefined {
  if (roc.length === 0) return undefined;
  const from = 10 ** -Math.max(1, Math.ceil(Math.log10(pairs.different)));
  const lowest = Math.min(...roc.filter(({ far }) => far >= from).map(({ tar }) => tar), ...tarAtFar.map(({ tar }) => tar));
  return plotSvg({
    title: `Verification: ${pairs.same} pairs of one person, ${pairs.different} of two`,
    x: { label: "false accept rate (FAR)", from, to: 1, log: true },
    y: { label: "true accept rate (TAR)", from: Math.max(0, Math.floor(10 * lowest) / 10 - 0.1), to: 1 },
    // Stairs: to the next rate of false accepts first, then up. Rates of 0 are drawn at the left edge.
    series: [
      {
        name: `accuracy ${percent(folded?.mean ?? best.accuracy)} %${folded ? ` (${folded.folds} folds)` : ""}`,
        points: roc.flatMap(({ far, tar }, i): [number, number][] => (i === 0 ? [[far, tar]] : [[far, roc[i - 1].tar], [far, tar]])),
      },
    ],
    marks: tarAtFar.map(({ atMost, tar, threshold }) => ({ name: `TAR ${tar.toFixed(3)} at FAR ${atMost}, threshold ${threshold.toFixed(2)}`, x: atMost, y: tar })),
  });
}
