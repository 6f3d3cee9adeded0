import { averagePrecision, curveOf, precisionOf, stepsByOverlap, stepsByPoints, sumsAt } from "../../src/evaluation/detection.js";
import type { Box, Point } from "../../src/faces/geometry.js";

const box = (x: number, width = 10): Box => ({ x, y: 0, width, height: 10 });
const face = (score: number, x: number, width = 10) => ({ score, box: box(x, width) });
const marks = (steps: { found: number; wrong: number }[]) => steps.map(({ found, wrong }) => (found === 1 ? "+" : wrong === 1 ? "-" : "0")).join("");

describe("boxes are matched with labels", () => {
  it.each([
    ["each with its own, best score first", [face(0.5, 100), face(0.9, 0)], [box(0), box(100)], 0.5, "++"],
    ["a second box on a label is wrong", [face(0.9, 0), face(0.8, 1)], [box(0)], 0.5, "+-"],
    ["the best score takes the label even where a later one fits better", [face(0.9, 2), face(0.8, 0)], [box(0)], 0.5, "+-"],
    ["a box whose best label is taken is wrong, also where another one is free", [face(0.9, 0), face(0.8, 1)], [box(0), box(3)], 0.5, "+-"],
    // the second box overlaps the first label by 9/11, the second one by 4.5/10.5
    ["so is one that overlaps a free one enough, but less", [face(0.9, 0), face(0.8, 1)], [box(0), box(6.5, 5)], 0.35, "+-"],
    ["a label whose nearest box is too far away stays free", [face(0.9, 7), face(0.8, 1)], [box(0)], 0.5, "-+"],
    ["an overlap of exactly the threshold is enough", [face(0.9, 0, 5)], [box(0)], 0.5, "+"],
    ["less is not", [face(0.9, 0, 4.9)], [box(0)], 0.5, "-"],
    ["unless less is asked for", [face(0.9, 0, 4.9)], [box(0)], 0.35, "+"],
    ["no labels: all wrong", [face(0.9, 0), face(0.8, 50)], [], 0.5, "--"],
    ["no boxes", [], [box(0)], 0.5, ""],
  ])("%s", (_, faces, labels, iou, expected) => {
    expect(marks(stepsByOverlap(faces, labels, iou))).toBe(expected);
  });
});

describe("boxes are matched with points", () => {
  const sums = (faces: ReturnType<typeof face>[], points: Point[]) => curveOf(stepsByPoints(faces, points)).at(-1) ?? { found: 0, wrong: 0 };
  it.each([
    ["one box over a point finds it", [face(0.9, 0)], [[5, 5]], 1, 0],
    ["a second one makes it unclear, and is not wrong", [face(0.9, 0), face(0.8, 2)], [[5, 5]], 0, 0],
    ["a box over no point is wrong", [face(0.9, 0), face(0.8, 20)], [[5, 5]], 1, 1],
    ["the edge belongs to the box", [face(0.9, 0)], [[10, 0]], 1, 0],
    ["a point on its own is missed", [], [[5, 5]], 0, 0],
  ] as [string, ReturnType<typeof face>[], Point[], number, number][])("%s", (_, faces, points, found, wrong) => {
    expect(sums(faces, points)).toMatchObject({ found, wrong });
  });
});

/** Steps from text: right and wrong boxes, best score first, 0.9 and 0.1 less each. */
const steps = (text: string) => [...text].map((mark, i) => ({ score: (9 - i) / 10, found: mark === "+" ? 1 : 0, wrong: mark === "-" ? 1 : 0 }));

describe("average precision", () => {
  it.each([
    // area of (recall step) x (best precision from there on)
    ["++", 2, 1],
    ["+-+", 2, 0.5 * 1 + 0.5 * (2 / 3)],
    ["-+", 1, 0.5],
    ["+--++", 4, 0.25 * 1 + 0.5 * (3 / 5)], // the envelope lifts 2/4 to 3/5
    ["-+++", 4, 0.75 * (3 / 4)], // 1/2 and 2/3 are lifted to 3/4
    ["--", 3, 0],
    ["", 3, 0],
  ])("of %s with %i labelled faces", (text, labelled, expected) => {
    expect(averagePrecision(curveOf(steps(text)), labelled)).toBeCloseTo(expected, 12);
  });

  it("does not depend on the order of equal scores", () => {
    const right = { score: 0.5, found: 1, wrong: 0 };
    const wrong = { score: 0.5, found: 0, wrong: 1 };
    expect(averagePrecision(curveOf([right, wrong]), 1)).toBe(0.5);
    expect(averagePrecision(curveOf([wrong, right]), 1)).toBe(0.5);
  });
});

it("sums at a score let in the faces of that score", () => {
  const curve = curveOf(steps("+-+"));
  expect([0.95, 0.9, 0.85, 0.7, 0.1].map((score) => sumsAt(curve, score))).toEqual([
    { score: 0.95, found: 0, wrong: 0 },
    { score: 0.9, found: 1, wrong: 0 },
    { score: 0.85, found: 1, wrong: 0 },
    { score: 0.7, found: 2, wrong: 1 },
    { score: 0.1, found: 2, wrong: 1 },
  ]);
  expect([precisionOf(sumsAt(curve, 0.95)), precisionOf(sumsAt(curve, 0.7))]).toEqual([null, 2 / 3]);
});
