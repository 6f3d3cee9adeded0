import { join } from "node:path";
import type { Face } from "../faces/face.js";
import { averagePrecision, type CurvePoint, curveOf, precisionOf, type Step, stepsByOverlap, stepsByPoints, sumsAt } from "./detection.js";
import { isOtherShape, type Labels, uprightLabels } from "./labels.js";
import { type Analyse, run, type RunFigures } from "./run.js";

/** The engine is asked for faces from this score on: below, the curve has hardly anything to gain. */
export const LOWEST_SCORE = 0.05;
const SCORES = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** The usual one, and one for labels that are ellipses or drawn loosely. */
const OVERLAPS = [0.5, 0.35];

/** What comes of leaving out faces below `score`. */
export interface ScoreFigures {
  score: number;
  found: number;
  falseFaces: number;
  missed: number;
  /** Null where there is nothing to divide by: no labelled face, no box. */
  recall: number | null;
  precision: number | null;
  /** Of `falseFaces`, those in pictures without any label. */
  falseInEmpty: number;
}

/** Figures by one rule of when a labelled face is found. */
export interface CriterionFigures {
  criterion: string;
  /** Null for points, which have no overlap, and where no face is labelled. */
  ap: number | null;
  scores: ScoreFigures[];
  curve: CurvePoint[];
}

export interface DetectionFigures extends RunFigures {
  labels: Labels["kind"];
  labelled: number;
  /** Pictures without any label. */
  empty: number;
  /** Files whose labels are for a picture of other proportions: they were scaled all the same. */
  otherShape: string[];
  minScore: number;
  criteria: CriterionFigures[];
}

interface Criterion {
  name: string;
  ap: boolean;
  stepsOf(faces: Face[], labels: ReturnType<typeof uprightLabels>): Step[];
}

function criteriaOf(kind: Labels["kind"]): Criterion[] {
  if (kind === "points") return [{ name: "exactly one box over the point", ap: false, stepsOf: (faces, { points }) => stepsByPoints(faces, points) }];
  return OVERLAPS.map((iou) => ({ name: `IoU ${iou}`, ap: true, stepsOf: (faces, { boxes }) => stepsByOverlap(faces, boxes, iou) }));
}

/**
 * How well faces are found in labelled pictures. The labels of a picture that fails count as missed.
 * @param root folder that the labels' file names start from
 * @param minScore the score to give figures for beside the usual ones
 */
export async function evaluateDetection({ kind, pictures }: Labels, root: string, minScore: number, analyse: Analyse): Promise<DetectionFigures> {
  const criteria = criteriaOf(kind).map((criterion) => ({ criterion, steps: [] as Step[], inEmpty: [] as Step[] }));
  const byFile = new Map(pictures.map((picture) => [join(root, picture.file), picture]));
  const otherShape: string[] = [];
  const figures = await run([...byFile.keys()], analyse, ({ image, faces }, file) => {
    const labelled = byFile.get(file)!;
    if (isOtherShape(labelled, image)) otherShape.push(file);
    const labels = uprightLabels(labelled, image);
    for (const { criterion, steps, inEmpty } of criteria) {
      const own = criterion.stepsOf(faces, labels);
      steps.push(...own);
      if (labels.boxes.length + labels.points.length === 0) inEmpty.push(...own);
    }
  });
  const counts = pictures.map(({ boxes, points }) => boxes.length + points.length);
  const labelled = counts.reduce((total, count) => total + count, 0);
  return {
    ...figures,
    labels: kind,
    labelled,
    empty: counts.filter((count) => count === 0).length,
    otherShape,
    minScore,
    criteria: criteria.map(({ criterion, steps, inEmpty }) => {
      const [curve, emptyCurve] = [curveOf(steps), curveOf(inEmpty)];
      const scores = [...new Set([...SCORES, minScore])].sort((a, b) => a - b);
      return {
        criterion: criterion.name,
        ap: criterion.ap && labelled > 0 ? averagePrecision(curve, labelled) : null,
        scores: scores.map((score) => scoreFigures(sumsAt(curve, score), labelled, sumsAt(emptyCurve, score).wrong)),
        curve,
      };
    }),
  };
}

function scoreFigures({ score, found, wrong }: CurvePoint, labelled: number, falseInEmpty: number): ScoreFigures {
  const recall = labelled > 0 ? found / labelled : null;
  return { score, found, falseFaces: wrong, missed: labelled - found, recall, precision: precisionOf({ found, wrong }), falseInEmpty };
}
