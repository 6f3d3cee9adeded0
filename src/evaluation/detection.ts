import type { Face } from "../faces/face.js";
import { type Box, overlap, type Point } from "../faces/geometry.js";

/** What letting in one more box, the next by score, changes. */
export interface Step {
  score: number;
  /** Labelled faces found; negative where a second box over a point makes it unclear. */
  found: number;
  /** Boxes that are no labelled face. */
  wrong: number;
}

type Scored = Pick<Face, "box" | "score">;

/**
 * Each box is compared with the label that it overlaps most, best scores first: it finds that one if they overlap by at
 * least `iou` and no box before has found it. It is wrong otherwise, even where it overlaps another label enough.
 * @see Everingham et al., The PASCAL Visual Object Classes Challenge: A Retrospective, IJCV 111 (2015), section 2.2
 */
export function stepsByOverlap(faces: Scored[], labels: Box[], iou: number): Step[] {
  const taken = new Set<Box>();
  return byScore(faces).map(({ box, score }) => {
    const [best] = labels.map((label) => ({ label, share: overlap(box, label) })).sort((a, b) => b.share - a.share);
    const found = best !== undefined && best.share >= iou && !taken.has(best.label);
    if (found) taken.add(best.label);
    return { score, found: found ? 1 : 0, wrong: found ? 0 : 1 };
  });
}

/** A point's face is found where exactly one box holds the point; a box that holds none is wrong. */
export function stepsByPoints(faces: Scored[], points: Point[]): Step[] {
  const boxesOver = points.map(() => 0);
  return byScore(faces).map(({ box, score }) => {
    const held = points.flatMap((point, i) => (reaches(box, point) ? [i] : []));
    const before = boxesOver.filter((count) => count === 1).length;
    for (const i of held) boxesOver[i] += 1;
    const after = boxesOver.filter((count) => count === 1).length;
    return { score, found: after - before, wrong: held.length === 0 ? 1 : 0 };
  });
}

function byScore(faces: Scored[]): Scored[] {
  return [...faces].sort((a, b) => b.score - a.score);
}

/** All edges belong to the box, unlike in geometry's `holds`: a point may be marked on the picture's right or lower border. */
function reaches({ x, y, width, height }: Box, [px, py]: Point): boolean {
  return px >= x && px <= x + width && py >= y && py <= y + height;
}

/** Sums over all pictures: with every box of this score or a better one let in. */
export type CurvePoint = Step;

/** One point for each score that occurs, best first: boxes of the same score are in together. */
export function curveOf(steps: Step[]): CurvePoint[] {
  const curve: CurvePoint[] = [];
  let [found, wrong] = [0, 0];
  for (const step of [...steps].sort((a, b) => b.score - a.score)) {
    found += step.found;
    wrong += step.wrong;
    if (curve.at(-1)?.score === step.score) curve.pop();
    curve.push({ score: step.score, found, wrong });
  }
  return curve;
}

/** The sums where faces below `score` are left out. */
export function sumsAt(curve: CurvePoint[], score: number): CurvePoint {
  return { ...(curve.findLast((point) => point.score >= score) ?? { found: 0, wrong: 0 }), score };
}

/** Share of the boxes that are right; null where there are none. */
export function precisionOf({ found, wrong }: Pick<Step, "found" | "wrong">): number | null {
  return found + wrong > 0 ? found / (found + wrong) : null;
}

/**
 * Average precision: the whole area under the precision envelope (at each recall the best precision from there on),
 * as PASCAL VOC computes it since 2010.
 * @see http://host.robots.ox.ac.uk/pascal/VOC/voc2012/devkit_doc.pdf section 3.4.1
 * @param labelled labelled faces, at least one
 */
export function averagePrecision(curve: CurvePoint[], labelled: number): number {
  let [area, envelope] = [0, 0];
  for (let i = curve.length - 1; i >= 0; i--) {
    envelope = Math.max(envelope, precisionOf(curve[i]) ?? 0);
    area += ((curve[i].found - (curve[i - 1]?.found ?? 0)) / labelled) * envelope;
  }
  return area;
}
