import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MissingPart } from "../../src/errors.js";
import type { FaceOptions } from "../../src/faces/engine.js";
import { engineInfo, modelPaths } from "../../src/faces/engine-info.js";
import type { Detection } from "../../src/faces/geometry.js";
import { createOnnxEngine, modelsFor } from "../../src/faces/onnx/engine.js";
import type { Model, Values } from "../../src/faces/onnx/session.js";
import { describeWithSface, fiveOf } from "../../src/faces/onnx/sface.js";
import { yunet } from "../../src/faces/onnx/yunet.js";
import { createFacePool } from "../../src/faces/pool.js";
import { getModel } from "../../src/models/get.js";
import { Graph } from "../../src/models/graph.js";
import { anyModel, manifest } from "../../src/models/manifest.js";
import { decode, distance, FACES_IN_SAMPLE, sample } from "./samples.js";

const YUNET = fileURLToPath(new URL("../../../../shared/models/face_detection_yunet_2023mar.onnx", import.meta.url));
const OPTIONS: FaceOptions = { details: [], recognition: "single", detectSize: 512, minScore: 0.5, minFace: 0 };

const folder = mkdtempSync(join(tmpdir(), "optional-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A model that answers every input alike, and keeps the inputs. */
function fake(answer: Record<string, Values>): Model & { seen: Values[] } {
  const seen: Values[] = [];
  return { seen, input: (length) => new Float32Array(length), run: (input) => Promise.resolve((seen.push(input), answer)), close: () => Promise.resolve() };
}

describe("yunet", () => {
  /** Its answer for 64x32 pixels: one guess, in row 1, column 2 of the grid of 16 pixels. */
  function answer(): Record<string, Values> {
    const values = (cells: number, numbers: number): Values => ({ data: new Float32Array(cells * numbers), dims: [1, cells, numbers] });
    const all = Object.fromEntries(
      [[8, 32], [16, 8], [32, 2]].flatMap(([stride, cells]) =>
        Object.entries({ cls: 1, obj: 1, bbox: 4, kps: 10 }).map(([name, numbers]) => [`${name}_${stride}`, values(cells, numbers)] as const),
      ),
    );
    const cell = 1 * 4 + 2;
    all.cls_16.data[cell] = 0.9;
    all.obj_16.data[cell] = 0.4;
    all.bbox_16.data.set([0.5, 0.25, Math.log(2), Math.log(3)], cell * 4);
    all.kps_16.data.set([-0.5, -0.5, 0.5, -0.5, 0, 0, -0.5, 0.5, 0.5, 0.5], cell * 10);
    return all;
  }

  it("reads a guess from its cell, and leaves out those below the score", async () => {
    const detect = yunet(fake(answer()));
    const raster = { data: new Uint8Array(60 * 20 * 3), width: 60, height: 20 };
    const [{ box, score, points }, ...others] = await detect(raster, 0.5);
    expect(others).toEqual([]);
    expect(score).toBeCloseTo(0.6, 5); // the root of 0.9 times 0.4
    expect([box.x, box.y, box.width, box.height].map(Math.round)).toEqual([24, -4, 32, 48]); // about (40, 20)
    expect(points).toEqual({ leftEye: [24, 8], rightEye: [40, 8], nose: [32, 16], mouthLeft: [24, 24], mouthRight: [40, 24] });
    expect(await detect(raster, 0.61)).toEqual([]);
  });

  it("sees blue, green, red, black beyond the picture", async () => {
    const model = fake(answer());
    await yunet(model)({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 2, height: 1 }, 0.5);
    const [{ data, dims }] = model.seen;
    expect(dims).toEqual([1, 3, 32, 32]);
    expect([0, 1024, 2048].map((plane) => Array.from(data.subarray(plane, plane + 3)))).toEqual([[3, 6, 0], [2, 5, 0], [1, 4, 0]]);
  });

  if (existsSync(YUNET)) {
    it("finds every face of the sample photos and nothing else, and its points are of use", async () => {
      const [entry] = manifest().optional.filter(({ name }) => name === "yunet");
      await getModel(entry, { folder, from: YUNET });
      const engine = await createOnnxEngine({ ...OPTIONS, details: ["landmarks"], detector: "yunet", models: folder }, modelPaths({ ...OPTIONS, details: ["landmarks"], detector: "yunet", models: folder }));
      for (const [number, count] of Object.entries(FACES_IN_SAMPLE)) {
        const found = await engine.find(await decode(sample(Number(number))));
        expect([number, found.length]).toEqual([number, count]);
        for (const { points, landmarks = [], box } of found) expect(distance(points.nose, landmarks[30])).toBeLessThan(0.2 * box.height);
      }
      await engine.close();
    });
  }
});

describe("sface", () => {
  /** ArcFace's mean face as it lies in OpenCV's chips; left is the picture's. */
  const MEAN: Detection["points"] = { leftEye: [38.2946, 51.6963], rightEye: [73.5318, 51.5014], nose: [56.0252, 71.7366], mouthLeft: [41.5493, 92.3655], mouthRight: [70.7299, 92.2041] };
  const moved = (change: (x: number, y: number) => [number, number]) =>
    Object.fromEntries(Object.entries(MEAN).map(([name, [x, y]]) => [name, change(x, y)])) as Detection["points"];
  /** Red grows to the right by one a pixel, green downwards; blue is always 9. */
  const picture = { width: 224, height: 224, data: new Uint8Array(224 * 224 * 3).map((_, i) => [Math.floor(i / 3) % 224, Math.floor(i / 3 / 224), 9][i % 3]) };
  const fc1 = { fc1: { data: new Float32Array(128).fill(3), dims: [1, 128] } };

  it.each([
    { name: "as the mean face lies", points: MEAN, at: (x: number, y: number) => [x, y] },
    { name: "elsewhere", points: moved((x, y) => [x + 100, y + 30]), at: (x: number, y: number) => [x + 100, y + 30] },
    { name: "turned by 90 degrees", points: moved((x, y) => [200 - y, x + 10]), at: (x: number, y: number) => [200 - y, x + 10] },
  ])("sees red, green, blue of a chip aligned by the five points: $name", async ({ points, at }) => {
    const model = fake(fc1);
    await describeWithSface(model, picture, [points]);
    const [{ data, dims }] = model.seen;
    expect(dims).toEqual([1, 3, 112, 112]);
    for (const [x, y] of [[20, 30], [56, 71], [100, 60]]) {
      const pixel = [0, 1, 2].map((plane) => data[(plane * 112 + y) * 112 + x]);
      [...at(x, y), 9].forEach((value, channel) => expect(pixel[channel]).toBeCloseTo(value, 1));
    }
  });

  it("takes the middles of the eyes, the nose's tip and the mouth's corners of the 68 points (iBUG's numbers)", () => {
    const points = Array.from({ length: 68 }, (_, i): [number, number] => [i, 1000 + i]);
    expect(fiveOf(points)).toEqual({ leftEye: [38.5, 1038.5], rightEye: [44.5, 1044.5], nose: [30, 1030], mouthLeft: [48, 1048], mouthRight: [54, 1054] });
  });

  it("cuts a face in profile, whose points fit no similarity, as OpenCV 5.0 does", async () => {
    const profile: Detection["points"] = { leftEye: [102, 63], rightEye: [110, 62], nose: [95, 75], mouthLeft: [105, 93], mouthRight: [111, 92] };
    const model = fake(fc1);
    await describeWithSface(model, picture, [profile]);
    const [{ data }] = model.seen;
    const opencv = [{ at: [20, 30], pixel: [76, 48] }, { at: [56, 71], pixel: [105, 76] }, { at: [100, 60], pixel: [136, 66] }]; // by FaceRecognizerSF.alignCrop
    for (const { at: [x, y], pixel } of opencv) {
      pixel.forEach((value, plane) => expect(Math.abs(data[(plane * 112 + y) * 112 + x] - value)).toBeLessThan(0.7));
    }
  });

  it("gives numbers of unit length, one descriptor a face, in order; for a network without an answer zeros", async () => {
    const [one, two] = await describeWithSface(fake(fc1), picture, [MEAN, MEAN]);
    expect([one.length, two.length]).toEqual([128, 128]);
    expect(Math.hypot(...one)).toBeCloseTo(1, 6);
    const [none] = await describeWithSface(fake({ fc1: { data: new Float32Array(128), dims: [1, 128] } }), picture, [MEAN]);
    expect(none).toEqual(Array(128).fill(0));
  });

  it("RECOGNITION=sface describes by a model of that input and output, and does without the other networks", async () => {
    const graph = new Graph("sface", { name: "data", shape: [1, 3, 112, 112] });
    const weights = { shape: [3, 128], data: Float32Array.from({ length: 384 }, (_, i) => Math.sin(i)) };
    graph.output(graph.fullyConnected(graph.globalAverage(graph.input), weights), { name: "fc1", shape: [1, 128] });
    writeFileSync(join(folder, "sface.onnx"), graph.encode());
    const options: FaceOptions = { ...OPTIONS, details: ["descriptor"], recognition: "sface", models: folder };
    expect(modelsFor(options)).toEqual(["centerface", "landmarks", "sface"]);
    const engine = await createOnnxEngine(options, modelPaths(options));
    const found = await engine.find(await decode(sample(1)));
    await engine.close();
    expect(found).toHaveLength(3);
    for (const { descriptor = [] } of found) expect([descriptor.length, Math.hypot(...descriptor).toFixed(4)]).toEqual([128, "1.0000"]);
    expect(distance(found[0].descriptor ?? [], found[1].descriptor ?? [])).toBeGreaterThan(0.001);
  });
});

describe("settings", () => {
  it.each([
    [{ detector: "yunet" }, [], ["yunet"]],
    [{ detector: "yunet" }, ["pose"], ["yunet", "landmarks"]],
    [{ recognition: "sface" }, ["pose"], ["centerface", "landmarks"]],
    [{ recognition: "sface" }, ["descriptor", "age"], ["centerface", "landmarks", "age-gender", "sface"]],
    [{ detector: "yunet", recognition: "single" }, ["descriptor"], ["yunet", "landmarks", "descriptor", "descriptor-8bit"]],
  ] as const)("%o with details %o takes and names the models %o", (choice, details, models) => {
    const { models: named } = engineInfo("onnx", { ...OPTIONS, ...choice, details });
    expect(named).toEqual(models.map((name) => ({ name, sha256: anyModel(name).sha256 })));
  });

  it.each([
    ["is not there", undefined],
    ["is another file", "not a model"],
  ])("name a model that %s: the pool does not start and says what gets it", (_, content) => {
    const models = mkdtempSync(join(folder, "models-"));
    if (content) writeFileSync(join(models, "yunet.onnx"), content);
    const start = () => createFacePool({ engine: "onnx", workers: 1, maxPixels: 1e9, options: { ...OPTIONS, detector: "yunet", models } });
    expect(start).toThrow(MissingPart);
    expect(start).toThrow(`The model yunet is missing or damaged (${join(models, "yunet.onnx")}): oss-faces models get yunet --models ${models} downloads it.`);
  });
});
