import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { distance } from "../../src/faces/distance.js";
import type { FaceEngine, FaceOptions } from "../../src/faces/engine.js";
import { engineInfo, modelPaths } from "../../src/faces/engine-info.js";
import { faceSchema, type Face } from "../../src/faces/face.js";
import { createOnnxEngine, modelsFor } from "../../src/faces/onnx/engine.js";
import { decode, sample } from "./samples.js";

const OPTIONS: FaceOptions = { details: ["descriptor"], recognition: "fused", detectSize: 512, minScore: 0.5, minFace: 0 };
/** Photos that are too large to be part of this repository; used where they lie beside it. */
const PHOTOS = fileURLToPath(new URL("../../../../shared/fixtures/photos/", import.meta.url));

let engine: FaceEngine;
beforeAll(async () => {
  engine = await createOnnxEngine(OPTIONS, modelPaths(OPTIONS));
});
afterAll(() => engine.close());

const find = async (bytes: Uint8Array) => engine.find(await decode(bytes));
const numbers = ({ descriptor = [] }: Face) => descriptor;
/** The two parts as descriptors of their own: the second beside a first that says nothing. */
const first = (face: Face) => numbers(face).slice(0, 128);
const second = (face: Face) => [...Array<number>(128).fill(0), ...numbers(face).slice(128)];

describe("what RECOGNITION costs", () => {
  it.each([
    { recognition: "single", details: ["descriptor"], models: ["centerface", "landmarks", "descriptor", "descriptor-8bit"] },
    { recognition: "fused", details: ["descriptor"], models: ["centerface", "landmarks", "descriptor", "descriptor-8bit", "sface-8bit"] },
    { recognition: "fused", details: ["pose", "age"], models: ["centerface", "landmarks", "age-gender"] },
    { recognition: "fused", details: [], models: ["centerface"] },
  ] as const)("$recognition with details $details takes $models, and the result says so", ({ recognition, details, models }) => {
    expect(modelsFor({ recognition, details })).toEqual(models);
    expect(engineInfo("onnx", { ...OPTIONS, recognition, details }).models.map(({ name }) => name)).toEqual(models);
  });
});

describe("RECOGNITION=fused", () => {
  it("gives 256 numbers: those of single, and 128 of unit length behind them", async () => {
    const alone = await createOnnxEngine({ ...OPTIONS, recognition: "single" }, modelPaths({ ...OPTIONS, recognition: "single" }));
    const picture = await decode(sample(1));
    const [fused, single] = [await engine.find(picture), await alone.find(picture)];
    await alone.close();
    expect(fused).toHaveLength(3);
    for (const [i, face] of fused.entries()) {
      expect(faceSchema.parse(face)).toEqual(face);
      expect(numbers(face)).toHaveLength(256);
      expect(first(face)).toEqual(single[i].descriptor);
      expect(Math.hypot(...numbers(face).slice(128))).toBeCloseTo(1, 3);
    }
  });

  it("strangers are about at right angles by the second network", async () => {
    const faces = (await Promise.all([3, 5].map((number) => find(sample(number))))).flat();
    const products = faces.flatMap((a, i) => faces.slice(0, i).map((b) => 1 - distance(second(a), second(b))));
    expect(Math.abs(products.reduce((sum, value) => sum + value) / products.length)).toBeLessThan(0.25);
    expect(Math.max(...products)).toBeLessThan(0.6);
  });

  it("a face in the mirror is nearer to itself than to anybody, by either network and by both", async () => {
    const faces = await find(sample(5));
    const mirrored = await find(await sharp(sample(5)).flop().jpeg({ quality: 95 }).toBuffer());
    const { width } = (await decode(sample(5))).info;
    for (const part of [numbers, first, second]) {
      for (const face of faces) {
        const across = width - face.box.x - face.box.width / 2;
        const others = [...mirrored].sort((a, b) => Math.abs(a.box.x + a.box.width / 2 - across) - Math.abs(b.box.x + b.box.width / 2 - across));
        const [same, ...strangers] = others.map((other) => distance(part(face), part(other)));
        expect(same).toBeLessThan(Math.min(...strangers) / 2);
      }
    }
  });

  it.each([30, -30])("knows faces in the photo tilted by %i degrees: both networks see them upright", async (angle) => {
    const faces = await find(sample(5));
    const tilted = await find(await sharp(sample(5)).rotate(angle, { background: "#888" }).jpeg({ quality: 95 }).toBuffer());
    expect(tilted).toHaveLength(faces.length);
    for (const [part, near] of [[first, 0.15], [second, 0.1]] as const) {
      for (const face of faces) expect(Math.min(...tilted.map((other) => distance(part(face), part(other))))).toBeLessThan(near);
    }
  });

  it("finds nothing to describe where there is no face", async () => {
    expect(await find(await sharp({ create: { width: 320, height: 240, channels: 3, background: "#567" } }).png().toBuffer())).toEqual([]);
  });
});

if (existsSync(PHOTOS)) {
  it("photos of one person are nearer than those of strangers, by either network and by both", async () => {
    const { photos } = JSON.parse(readFileSync(`${PHOTOS}labels.json`, "utf8")) as { photos: { file: string; person?: string }[] };
    const people: { person: string; face: Face }[] = [];
    for (const { file, person } of photos) {
      if (!person) continue;
      const [face] = await find(readFileSync(PHOTOS + file));
      people.push({ person, face });
    }
    const pairs = people.flatMap((a, i) => people.slice(0, i).map((b) => ({ same: a.person === b.person, a: a.face, b: b.face })));
    for (const part of [numbers, first, second]) {
      const distances = (same: boolean) => pairs.filter((pair) => pair.same === same).map(({ a, b }) => distance(part(a), part(b)));
      expect(Math.max(...distances(true))).toBeLessThan(Math.min(...distances(false)));
    }
  });
}
