import { detectionText, precisionRecallPlot } from "../../src/evaluation/detection-report.js";
import { evaluateDetection } from "../../src/evaluation/detection-run.js";
import { parseLabels } from "../../src/evaluation/labels.js";
import { parsePairs } from "../../src/evaluation/pairs.js";
import type { Analyse, Outcome } from "../../src/evaluation/run.js";
import { rocPlot, verificationText } from "../../src/evaluation/verification-report.js";
import { evaluateVerification } from "../../src/evaluation/verification-run.js";
import type { Face } from "../../src/faces/face.js";

const image = { width: 100, height: 100, orientation: 1 };
const points: Face["points"] = { leftEye: [0, 0], rightEye: [0, 0], nose: [0, 0], mouthLeft: [0, 0], mouthRight: [0, 0] };
/** `at`: where the descriptor lies on the first of its 128 axes. */
const face = (score: number, x: number, [at]: number[] = []): Face => ({
  box: { x, y: 40, width: 20, height: 20 },
  score,
  points,
  descriptor: at === undefined ? undefined : [at, ...Array<number>(127).fill(0)],
});
const damaged: Outcome = { error: { code: "undecodable", message: "cut short" } };

/** An engine that knows these pictures by heart, in half a second each; every other one is damaged. */
function engine(known: Record<string, Face[]>): Analyse & { asked: string[] } {
  const asked: string[] = [];
  const analyse: Analyse = (files, take) => {
    asked.push(...files);
    for (const file of files) take(file in known ? { image, faces: known[file] } : damaged, file);
    return Promise.resolve(500 * files.length);
  };
  return Object.assign(analyse, { asked });
}

describe("detection", () => {
  const labels = parseLabels(JSON.stringify([
    ["a.jpg", 50, 50, [["f", 20, 20, 30, 30], ["f", 0, 20, 10, 30]]], // at 40 and 0 of the full picture
    ["empty.jpg", 0, 0, []],
    ["broken.jpg", 0, 0, [["f", 0, 0, 9, 9]]],
  ]));
  const analyse = engine({ "root/a.jpg": [face(0.9, 40), face(0.45, 0), face(0.3, 70)], "root/empty.jpg": [face(0.6, 10)] });

  it("counts found, false and missed; the labels of a picture that failed are missed", async () => {
    const figures = await evaluateDetection(labels, "root", 0.45, analyse);
    const [{ criterion, ap, scores }] = figures.criteria;
    expect(figures).toMatchObject({ labels: "boxes", pictures: 3, labelled: 3, empty: 1, seconds: 1.5, picturesPerSecond: 2, failed: [{ file: "root/broken.jpg", code: "undecodable", message: "cut short" }], otherShape: [] });
    expect([criterion, ap]).toEqual(["IoU 0.5", expect.closeTo((1 / 3) * 1 + (1 / 3) * (2 / 3))]);
    expect(scores.map(({ score }) => score)).toEqual([0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9]);
    expect(scores[1]).toEqual({ score: 0.3, found: 2, falseFaces: 2, missed: 1, recall: 2 / 3, precision: 0.5, falseInEmpty: 1 });
    expect(scores[6]).toEqual({ score: 0.7, found: 1, falseFaces: 0, missed: 2, recall: 1 / 3, precision: 1, falseInEmpty: 0 });
    const text = detectionText(figures);
    expect(text).toContain("3 pictures in 1.5 s, 2.0 pictures a second; 1 failed\n3 labelled faces (boxes); 1 picture without any label\n");
    expect(text).toMatch(/IoU 0\.5: AP 0\.5556; 2 of 3 faces found and 1 false at MIN_SCORE 0\.45/);
    expect(text).toMatch(/^ +0\.45 +2 +1 +1 +0\.667 +0\.667 +1 < MIN_SCORE$/m);
    expect(precisionRecallPlot(figures)).toContain("MIN_SCORE 0.45, IoU 0.35");
  });

  it("says where labels are for a picture of another shape", async () => {
    const turned = parseLabels(JSON.stringify([["a.jpg", 50, 80, []]]));
    const figures = await evaluateDetection(turned, "root", 0.5, analyse);
    expect(figures.otherShape).toEqual(["root/a.jpg"]);
    expect(detectionText(figures)).toContain("of another shape, scaled all the same: 1 (root/a.jpg)");
  });

  it("without labelled faces there are false ones to count, and nothing else", async () => {
    const figures = await evaluateDetection(parseLabels('[["empty.jpg", 0, 0, []]]'), "root", 0.5, analyse);
    expect(figures.criteria[0]).toMatchObject({ ap: null });
    expect(figures.criteria[0].scores[3]).toEqual({ score: 0.5, found: 0, falseFaces: 1, missed: 0, recall: null, precision: 0, falseInEmpty: 1 });
    expect(precisionRecallPlot(figures)).toBeUndefined();
    expect(detectionText(figures)).toMatch(/^ +0\.5 +0 +1 +0 +– +0\.000 +1 < MIN_SCORE$/m);
  });

  it("points have no AP", async () => {
    const figures = await evaluateDetection(parseLabels('[["a.jpg", 0, 0, [["n", 50, 50], ["n", 95, 95]]]]'), "root", 0.5, analyse);
    expect(figures.criteria).toMatchObject([{ criterion: "exactly one box over the point", ap: null }]);
    expect(detectionText(figures)).toContain("exactly one box over the point: 1 of 2 faces found and 0 false at MIN_SCORE 0.5");
  });
});

describe("verification", () => {
  // Ann at 0, Bo at 1; Ann's third picture has no face, Bo's second is damaged.
  const known = {
    "root/Ann/Ann_0001.jpg": [face(0.9, 0, [5]), face(0.8, 40, [0])], // the one in the middle is hers
    "root/Ann/Ann_0002.jpg": [face(0.9, 40, [0.25])],
    "root/Ann/Ann_0003.jpg": [],
    "root/Bo/Bo_0001.jpg": [face(0.9, 40, [1])],
    "root/Bo/Bo_0003.jpg": [face(0.9, 40, [1.25])],
  };
  const folds = parsePairs("2 2\nAnn 1 2\nBo 1 3\nAnn 1 Bo 1\nAnn 2 Bo 3\nAnn 1 3\nBo 1 2\nAnn 1 Bo 3\nAnn 2 Bo 1");

  it("analyses each picture once; pairs without a face are errors", async () => {
    const analyse = engine(known);
    const figures = await evaluateVerification(folds, "root", analyse);
    expect(analyse.asked.sort()).toEqual([...Object.keys(known), "root/Bo/Bo_0002.jpg"].sort());
    expect(figures).toMatchObject({ pairs: { same: 4, different: 4 }, pairsWithoutFaces: 2, withoutFace: ["root/Ann/Ann_0003.jpg"], best: { threshold: 0.5, accuracy: 0.75 } });
    expect(figures.failed.map(({ file }) => file)).toEqual(["root/Bo/Bo_0002.jpg"]);
    // The second fold has lost both pairs of the same person: half wrong. It would have nothing accepted, below half of
    // its least distance, 0.75, which is right for all of the first.
    expect(figures.folded).toMatchObject({ folds: 2, mean: 0.75, error: 0.25, thresholds: [0.375, 0.625] });
    expect(figures.tarAtFar).toMatchObject([{ atMost: 0.001, tar: 0.5, far: 0 }, { atMost: 0.01, tar: 0.5, far: 0 }]);
    const text = verificationText(figures);
    expect(text).toContain("pictures without a face: 1 (root/Ann/Ann_0003.jpg); pairs that are errors for want of a face: 2\n");
    expect(text).toContain("accuracy 75.00 ± 25.00 % (2 folds, mean and standard error; threshold chosen on the other folds, 0.375 to 0.625)\n");
    expect(text).toContain("TAR 0.5000 at FAR 0.001, threshold 0.500 (FAR 0: 4 pairs of different people are too few for 0.001)\n");
    expect(rocPlot(figures)).toContain("accuracy 75.00 % (2 folds)");
  });

  it("without folds says that the threshold is the best for these very pairs", async () => {
    const figures = await evaluateVerification(parsePairs("1\nAnn 1 2\nAnn 1 Bo 1"), "root", engine(known));
    expect(figures).not.toHaveProperty("folded");
    expect(verificationText(figures)).toContain("accuracy 100.00 % at the threshold that is best on all pairs, 0.625 (no folds: this flatters)\n");
  });

  it("without TAR and FAR where all pairs are of one kind", async () => {
    const figures = await evaluateVerification(parsePairs("1\nAnn 1 2\nBo 1 3"), "root", engine(known));
    expect(figures.tarAtFar).toEqual([]);
    expect(rocPlot(figures)).toBeUndefined();
    expect(verificationText(figures)).toContain("no TAR and FAR: they need pairs of both kinds\n");
  });
});
