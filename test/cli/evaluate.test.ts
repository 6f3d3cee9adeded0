import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AnalyzedData } from "../../src/events/result-schema.js";
import { samplePhotos } from "../../src/samples.js";
import { ossFaces } from "../kit/cli.js";

const fixtures = fileURLToPath(new URL("../../../../shared/fixtures/photos", import.meta.url));

let root: string;
/** What `detect` says of the samples: their photos are the truth here, with mistakes made on purpose. */
let seen: AnalyzedData[];

const evaluate = (...args: string[]) => ossFaces(args, { WORKERS: "1" }, { cwd: root });

const write = (name: string, value: unknown) => writeFile(join(root, name), typeof value === "string" ? value : JSON.stringify(value));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "oss-faces-evaluate-"));
  await mkdir(join(root, "photos/deep"), { recursive: true });
  await copyFile(samplePhotos()[0], join(root, "photos/deep/1.jpg"));
  await copyFile(samplePhotos()[4], join(root, "photos/5.jpg"));
  await writeFile(join(root, "photos/broken.jpg"), Buffer.from("\xff\xd8\xff\xe0 and no more", "latin1"));
  const { stdout } = await evaluate("detect", "photos/deep/1.jpg", "photos/5.jpg", "--json");
  seen = stdout.trim().split("\n").map((line) => JSON.parse(line) as AnalyzedData);
});
afterAll(() => rm(root, { recursive: true }));

/** The boxes found in the samples, 3 and 5, as labels for a copy of half the size. */
function boxes() {
  return seen.map(({ image, faces }) => [
    image.key.slice("photos/".length),
    image.width / 2,
    image.height / 2,
    faces.map(({ box: { x, y, width, height } }) => ["face", x / 2, y / 2, (x + width) / 2, (y + height) / 2]),
  ]) as [string, number, number, [string, ...number[]][]][];
}

interface Figures {
  labelled: number;
  criteria: { criterion: string; ap: number | null; scores: { score: number; found: number; falseFaces: number; missed: number; falseInEmpty: number }[] }[];
}

describe("evaluate --detect", () => {
  it("finds every labelled face, and none beside, at MIN_SCORE", async () => {
    await write("labels.json", boxes());
    const { code, stdout, stderr } = await evaluate("evaluate", "--detect", "labels.json", "photos");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^2 pictures in \d+\.\d s, \d+\.\d pictures a second\n8 labelled faces \(boxes\); 0 pictures without any label\n/);
    expect(stdout).toContain("IoU 0.5: AP 1.0000; 8 of 8 faces found and 0 false at MIN_SCORE 0.5\n");
    expect(stdout).toContain("IoU 0.35: AP 1.0000;");
    expect(stdout).toMatch(/\nplot: precision-recall\.svg\n$/);
    expect(readFileSync(join(root, "precision-recall.svg"), "utf8")).toMatch(/^<svg [^]*MIN_SCORE 0\.5, IoU 0\.5[^]*<\/svg>\n$/);
  });

  it("counts what is missed and what is false, at MIN_SCORE as set", async () => {
    const [first, second] = boxes();
    first[3] = []; // three faces where none is labelled
    second[3].pop(); // one more
    second[3].push(["face", 0, 0, 5, 5]); // and one where there is none
    await write("wrong.json", [first, second]);
    const { code, stdout } = await evaluate("evaluate", "--detect", "wrong.json", "photos", "--json", "--min-score", "0.55", "--plot", "photos/deep/my plot.svg");
    expect(code).toBe(0);
    const { criteria, ...figures } = JSON.parse(stdout) as Figures;
    expect(figures).toMatchObject({ labels: "boxes", labelled: 5, empty: 1, pictures: 2, failed: [], minScore: 0.55, plot: "photos/deep/my plot.svg" });
    expect(criteria.map(({ criterion }) => criterion)).toEqual(["IoU 0.5", "IoU 0.35"]);
    expect(criteria[0].scores.find(({ score }) => score === 0.55)).toEqual({ score: 0.55, found: 4, falseFaces: 4, missed: 1, recall: 0.8, precision: 0.5, falseInEmpty: 3 });
    expect(criteria[0]).not.toHaveProperty("curve");
    expect(existsSync(join(root, "photos/deep/my plot.svg"))).toBe(true);
  });

  it("asks for weak candidates whatever MIN_SCORE", async () => {
    await write("labels.json", boxes());
    const { stdout } = await evaluate("evaluate", "--detect", "labels.json", "photos", "--json", "--min-score", "1");
    const { criteria } = JSON.parse(stdout) as Figures;
    expect(criteria[0].ap).toBe(1);
    expect(criteria[0].scores.at(-1)).toMatchObject({ score: 1, found: 0, missed: 8 });
  });

  it("reports pictures that fail, counts their labels as missed, and exits with 1", async () => {
    const lost = ["gone.jpg", "broken.jpg"].map((file) => [file, 0, 0, [["face", 0, 0, 9, 9]]]);
    await write("failing.json", [...boxes(), ...lost]);
    const { code, stdout, stderr } = await evaluate("evaluate", "--detect", "failing.json", "photos");
    expect(code).toBe(1);
    expect(stderr).toContain("failed photos/gone.jpg: object-not-found: ");
    expect(stderr).toContain("failed photos/broken.jpg: undecodable: ");
    expect(stdout).toContain("a second; 2 failed\n10 labelled faces");
    expect(stdout).toContain("AP 0.8000; 8 of 10 faces found and 0 false");
  });

  it("takes points: every nose is found, those of the fixtures too", async () => {
    const photos = seen.map(({ image, faces }) => ({ file: image.key.slice("photos/".length), noses: faces.map(({ points }) => points.nose) }));
    await write("noses.json", { photos });
    const sets: [labels: string, folder: string, noses: number][] = [["noses.json", "photos", 8]];
    if (existsSync(fixtures)) sets.push([join(fixtures, "labels.json"), fixtures, 46]);
    for (const [file, at, noses] of sets) {
      const { code, stdout } = await evaluate("evaluate", "--detect", file, at);
      expect(code).toBe(0);
      expect(stdout).toContain(`exactly one box over the point: ${noses} of ${noses} faces found and 0 false at MIN_SCORE 0.5\n`);
    }
  });
});

describe("evaluate --pairs", () => {
  beforeAll(async () => {
    await mkdir(join(root, "people/Ann Lee"), { recursive: true });
    await copyFile(samplePhotos()[0], join(root, "people/Ann Lee/Ann Lee_0001.jpg"));
    await copyFile(samplePhotos()[0], join(root, "people/Ann Lee_0002.jpeg"));
    await copyFile(samplePhotos()[2], join(root, "people/Bo_0001.jpg"));
  });

  it("tells one face from another", async () => {
    await write("pairs.txt", "1\nAnn Lee\t1\t2\nAnn Lee\t1\tBo\t1\n");
    const { code, stdout, stderr } = await evaluate("evaluate", "--pairs", "pairs.txt", "people");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^compared with RECOGNITION=fused\n3 pictures in .*\n1 pairs of the same person, 1 of different ones\npictures without a face: 0; /);
    expect(stdout).toMatch(/\naccuracy 100\.00 % at the threshold that is best on all pairs, 0\.\d{3} \(no folds: this flatters\)\nTAR 1\.0000 at FAR 0\.001, threshold /);
    expect(stdout).toMatch(/\nplot: roc\.svg\n$/);
    expect(readFileSync(join(root, "roc.svg"), "utf8")).toMatch(/^<svg [^]*false accept rate[^]*<\/svg>\n$/);
  });

  it.each([
    { settings: [], recognition: "fused" },
    { settings: ["--recognition", "single"], recognition: "single" },
    { settings: ["--engine", "face-api"], recognition: "single" },
  ])("compares by what a gallery would compare by with $settings: $recognition", async ({ settings, recognition }) => {
    await write("pairs.txt", "1\nAnn Lee\t1\t2\nAnn Lee\t1\tBo\t1\n");
    const { stdout } = await evaluate("evaluate", "--pairs", "pairs.txt", "people", "--json", ...settings);
    expect(JSON.parse(stdout)).toMatchObject({ recognition, best: { accuracy: 1 } });
  });

  it("reports a missing picture, counts its pairs as errors, and exits with 1", async () => {
    await write("pairs.txt", "2 1\nBo 1 2\nBo 1 Cy 1\nBo 1 1\nBo 1 Cy 1\n");
    const { code, stdout, stderr } = await evaluate("evaluate", "--pairs", "pairs.txt", "people", "--json");
    expect(code).toBe(1);
    expect(stderr).toContain("failed people/Bo/Bo_0002.jpg: object-not-found: ");
    expect(JSON.parse(stdout)).toMatchObject({ pictures: 3, pairs: { same: 2, different: 2 }, pairsWithoutFaces: 3, best: { accuracy: 0.25 }, folded: { folds: 2 }, withoutFace: [] });
  });
});

describe("evaluate called wrongly: exit 2", () => {
  const files = { "text.json": "faces: 3", "box.json": [["a.jpg", 0, 0, [["face", 9, 0, 1, 5]]]], "folds.txt": "10 300\nBo 1 2\n" };
  it.each([
    [[], "evaluate needs labels or pairs, and one folder"],
    [["photos"], "evaluate needs labels or pairs"],
    [["--detect", "box.json", "--pairs", "folds.txt", "photos"], "evaluate needs labels or pairs"],
    [["--detect", "box.json"], "evaluate needs labels or pairs"],
    [["--detect", "box.json", "nowhere"], "nowhere: there is no such folder"],
    [["--detect", "none.json", "photos"], "none.json: ENOENT"],
    [["--detect", "text.json", "photos"], "text.json: it is not JSON: "],
    [["--detect", "box.json", "photos"], "box.json: entry 1 (a.jpg): label 1: x1 must be greater than x0"],
    [["--pairs", "folds.txt", "photos"], "folds.txt: the first line announces 10 folds of 300 + 300 pairs, 6000 lines in all; there are 1"],
    [["--pairs", "folds.txt", "photos", "--plot", "no/where.svg"], "no/where.svg: there is no such folder"],
  ])("%j", async (args, message) => {
    for (const [name, content] of Object.entries(files)) await write(name, content);
    const { code, stdout, stderr } = await evaluate("evaluate", ...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });
});
