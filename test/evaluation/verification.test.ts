import { accuracyAt, bestThreshold, foldedAccuracy, ratesAtFar, rocOf, sweep, type Trial } from "../../src/evaluation/verification.js";
import { subjectOf } from "../../src/evaluation/verification-run.js";

/** `=` same person, `/` different ones, with distances; null: a picture without a face. */
const same = (...distances: (number | null)[]): Trial[] => distances.map((distance) => ({ same: true, distance }));
const different = (...distances: (number | null)[]): Trial[] => distances.map((distance) => ({ same: false, distance }));

it("sweep goes from nothing to all, equal distances together", () => {
  expect(sweep([...same(0.2, 0.4), ...different(0.4, 1, null)])).toEqual([
    { threshold: 0.1, same: 0, different: 0 },
    { threshold: expect.closeTo(0.3), same: 1, different: 0 },
    { threshold: 0.7, same: 2, different: 1 },
    { threshold: 1, same: 2, different: 2 },
  ]);
  expect(sweep(same(null))).toEqual([{ threshold: -1, same: 0, different: 0 }]);
});

describe("the best threshold", () => {
  it.each([
    ["parts what can be parted", [...same(0.2, 0.4), ...different(0.8, 1)], 0.6, 1],
    ["the least wrong else", [...same(0.2, 0.4, 0.9), ...different(0.6, 0.8, 1)], 0.5, 5 / 6],
    ["accepts all where all are the same", same(0.2, 0.4), 0.4, 1],
    ["accepts none where none is", different(0.2, 0.4), 0.1, 1],
    ["without a face a pair is an error, whatever its kind", [...same(0.2, null), ...different(0.8, null)], 0.5, 0.5],
  ])("%s", (_, trials, threshold, accuracy) => {
    expect(bestThreshold(trials)).toBeCloseTo(threshold, 12);
    expect(accuracyAt(trials, bestThreshold(trials))).toBeCloseTo(accuracy, 12);
  });
});

it("each fold is told by the threshold of the others", () => {
  // Best on folds 2 and 3: 0.45 (0.4 | 0.5); on 1 and 3: 0.65 (0.6 | 0.7); on 1 and 2: 0.45.
  const folds = [
    [...same(0.6), ...different(0.9)], // at 0.45: 1 of 2
    [...same(0.4), ...different(0.5)], // at 0.65: 1 of 2
    [...same(0.3), ...different(0.7)], // at 0.45: 2 of 2
  ];
  const { mean, error, thresholds } = foldedAccuracy(folds);
  expect(thresholds.map((threshold) => threshold.toFixed(3))).toEqual(["0.450", "0.650", "0.450"]);
  expect(mean).toBeCloseTo(2 / 3, 12);
  // deviations -1/6, -1/6, 1/3: variance (1/36 + 1/36 + 1/9) / 2 = 1/12; over 3 folds 1/36
  expect(error).toBeCloseTo(1 / 6, 12);
});

describe("ROC", () => {
  const trials = [...same(0.1, 0.3, 0.5, null), ...different(0.4, 0.6, 0.8, 0.9, null)];
  it("has the shares of both kinds, those without a face never accepted", () => {
    expect(rocOf(trials).map(({ far, tar }) => [far, tar])).toEqual([[0, 0], [0, 0.25], [0, 0.5], [0.2, 0.5], [0.2, 0.75], [0.4, 0.75], [0.6, 0.75], [0.8, 0.75]]);
  });

  it.each([
    [0, 0.5, 0.35],
    [0.19, 0.5, 0.35],
    [0.2, 0.75, 0.55],
    [1, 0.75, 0.9],
  ])("at FAR %d it accepts as much as it may", (far, tar, threshold) => {
    expect(ratesAtFar(rocOf(trials), far)).toMatchObject({ tar, threshold: expect.closeTo(threshold) });
  });

  it("needs both kinds", () => {
    expect(rocOf(same(0.1))).toEqual([]);
    expect(ratesAtFar([], 0.1)).toBeUndefined();
  });
});

describe("the subject of a portrait is", () => {
  const square = (x: number, y: number, side: number) => ({ box: { x, y, width: side, height: side } });
  it.each([
    ["the only face", [square(0, 0, 5)], 0],
    ["the largest of those about the centre", [square(40, 40, 20), square(35, 35, 30)], 1],
    ["not a larger one in the corner", [square(0, 0, 40), square(35, 35, 30)], 1],
    ["a much larger one beside the centre", [square(45, 45, 10), square(50, 20, 50)], 1],
  ])("%s", (_, faces, index) => {
    expect(subjectOf(faces, { width: 100, height: 100 })).toBe(faces[index]);
  });

  it("nobody where there is no face", () => expect(subjectOf([], { width: 100, height: 100 })).toBeUndefined());
});
