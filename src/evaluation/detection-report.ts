import type { CriterionFigures, DetectionFigures, ScoreFigures } from "./detection-run.js";
import { sumsAt, precisionOf } from "./detection.js";
import { plotSvg } from "./plot.js";
import { named, runText, shareText } from "./report.js";

/** The figures for people: a line of what was asked, a table for each criterion. */
export function detectionText(figures: DetectionFigures): string {
  const { labelled, labels, empty, otherShape, minScore, criteria } = figures;
  return [
    runText(figures),
    `${labelled} labelled faces (${labels}); ${empty} ${empty === 1 ? "picture" : "pictures"} without any label`,
    ...(otherShape.length > 0 ? [`labels for a picture of another shape, scaled all the same: ${otherShape.length}${named(otherShape)}`] : []),
    ...criteria.flatMap((criterion) => ["", ...criterionLines(criterion, labelled, minScore)]),
    "",
  ].join("\n");
}

function criterionLines({ criterion, ap, scores }: CriterionFigures, labelled: number, minScore: number): string[] {
  const here = scores.find(({ score }) => score === minScore)!;
  return [
    `${criterion}: ${ap === null ? "" : `AP ${ap.toFixed(4)}; `}${here.found} of ${labelled} faces found and ${here.falseFaces} false at MIN_SCORE ${minScore}`,
    row(["score", "found", "false", "missed", "recall", "precision", "false where none is labelled"]),
    ...scores.map((one) => row(cells(one), one.score === minScore ? " < MIN_SCORE" : "")),
  ];
}

function cells({ score, found, falseFaces, missed, recall, precision, falseInEmpty }: ScoreFigures): string[] {
  return [String(score), String(found), String(falseFaces), String(missed), shareText(recall), shareText(precision), String(falseInEmpty)];
}

const WIDTHS = [7, 8, 8, 8, 8, 11, 30];

function row(columns: string[], note = ""): string {
  return columns.map((text, i) => text.padStart(WIDTHS[i])).join("") + note;
}

/** The precision-recall curves with the point at MIN_SCORE; undefined where no face is labelled. */
export function precisionRecallPlot({ criteria, labelled, minScore, pictures }: DetectionFigures): string | undefined {
  if (labelled === 0) return undefined;
  return plotSvg({
    title: `Precision and recall: ${labelled} faces in ${pictures} pictures`,
    x: { label: "recall", from: 0, to: 1 },
    y: { label: "precision", from: 0, to: 1 },
    series: criteria.map(({ criterion, ap, curve }) => ({
      name: `${criterion}${ap === null ? "" : `: AP ${ap.toFixed(3)}`}`,
      points: curve.map((point) => [point.found / labelled, precisionOf(point) ?? 0]),
    })),
    marks: criteria.flatMap(({ curve, criterion }) => {
      const point = sumsAt(curve, minScore);
      const precision = precisionOf(point);
      return precision === null ? [] : [{ name: `MIN_SCORE ${minScore}${criteria.length > 1 ? `, ${criterion}` : ""}`, x: point.found / labelled, y: precision }];
    }),
  });
}
