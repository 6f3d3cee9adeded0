import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import sharp from "sharp";
import type { FaceOptions } from "../../../src/faces/engine.js";
import { createFaceApiEngine } from "../../../src/faces/face-api/engine.js";
import { loadLibrary } from "../../../src/faces/face-api/library.js";
import { faceApiInfo } from "../../../src/faces/face-api/networks.js";
import { DETAILS, faceSchema } from "../../../src/faces/face.js";
import type { Picture } from "../../../src/image/picture.js";

const PACKAGE = dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json"));
const OPTIONS: FaceOptions = { details: [], recognition: "single", detectSize: 640, minScore: 0.5, minFace: 0 };

/** A part of a sample photo, shrunk by `scale`. */
async function photo(sample: number, part: { left: number; top: number; width: number; height: number }, scale: number): Promise<Picture> {
  const { data, info } = await sharp(join(PACKAGE, `demo/sample${sample}.jpg`))
    .extract(part)
    .resize(Math.round(part.width / scale))
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    info: { format: "jpeg", width: part.width, height: part.height, orientation: 1 },
    working: { data, width: info.width, height: info.height },
    scale,
  };
}

const WHOLE = { left: 0, top: 0, width: 1920, height: 1280 };
/** Noses of sample 1, by eye. */
const NOSES = [[457, 513], [905, 580], [1562, 345]]; // prettier-ignore

async function find(picture: Picture, options: Partial<FaceOptions> = {}) {
  const engine = await createFaceApiEngine({ ...OPTIONS, ...options });
  try {
    return await engine.find(picture);
  } finally {
    await engine.close();
  }
}

describe("faces", () => {
  it("are found with their five points, largest first, in pixels of the full picture", async () => {
    const faces = await find(await photo(1, WHOLE, 2));
    expect(faces).toHaveLength(3);
    const areas = faces.map(({ box }) => box.width * box.height);
    expect(areas).toEqual([...areas].sort((a, b) => b - a));
    for (const { box, score, points } of faces) {
      expect(score).toBeGreaterThan(0.9);
      const { leftEye, rightEye, nose, mouthLeft, mouthRight } = points;
      expect(leftEye[0]).toBeLessThan(rightEye[0]);
      expect(mouthLeft[0]).toBeLessThan(mouthRight[0]);
      for (const [x, y] of Object.values(points)) {
        expect(x).toBeGreaterThan(box.x);
        expect(x).toBeLessThan(box.x + box.width);
        expect(y).toBeGreaterThan(box.y);
        expect(y).toBeLessThan(box.y + box.height);
      }
      expect(Math.min(...NOSES.map(([x, y]) => Math.hypot(nose[0] - x, nose[1] - y)))).toBeLessThan(25);
    }
  });

  it("at the picture's border have a box that ends there, to a tenth of a pixel", async () => {
    const cut = { left: 470, top: 330, width: 900, height: 700 }; // through the left face
    const faces = await find(await photo(1, cut, 1.5));
    expect(faces.some(({ box }) => box.x === 0)).toBe(true);
    for (const { box } of faces) {
      expect(box.x + box.width).toBeLessThanOrEqual(cut.width + 1e-9);
      expect(box.y + box.height).toBeLessThanOrEqual(cut.height + 1e-9);
      for (const value of Object.values(box)) expect(value).toBe(Math.round(value * 10) / 10);
    }
  });

  it("below minScore or smaller than minFace are left out", async () => {
    const picture = await photo(3, { ...WHOLE, height: 1350 }, 2);
    const all = await find(picture);
    const scores = all.map(({ score }) => score);
    expect(scores.filter((score) => score < 0.9)).not.toEqual([]);
    expect((await find(picture, { minScore: 0.9 })).every(({ score }) => score >= 0.9)).toBe(true);
    const sizes = all.map(({ box }) => Math.max(box.width, box.height)).sort((a, b) => a - b);
    expect(await find(picture, { minFace: sizes[0] })).toHaveLength(all.length);
    expect(await find(picture, { minFace: sizes[0] + 1 })).toHaveLength(all.length - 1);
  });

  it("are none in a picture without any", async () => {
    const grey = { data: new Uint8Array(64 * 48 * 3).fill(128), width: 64, height: 48 };
    expect(await find({ info: { format: "png", width: 64, height: 48, orientation: 1 }, working: grey, scale: 1 })).toEqual([]);
  });
});

describe("details", () => {
  const one = { left: 182, top: 155, width: 640, height: 640 };

  it("are all of the schema where all are asked for", async () => {
    const [face] = await find(await photo(1, one, 1), { details: DETAILS });
    faceSchema.parse(face);
    for (const detail of DETAILS) expect(face).toHaveProperty(detail);
    expect(face.descriptor).toHaveLength(128);
    const expressions = Object.values(face.expressions ?? {});
    expect(expressions).toHaveLength(7);
    expect(expressions.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 3);
    expect(face.landmarks?.[30]).toEqual(face.points.nose);
  });

  it.each(DETAILS)("%s comes alone where it alone is asked for", async (detail) => {
    const [face] = await find(await photo(1, one, 1), { details: [detail] });
    expect(Object.keys(face).sort()).toEqual(["box", "points", "score", detail].sort());
  });
});

describe("memory", () => {
  it("the number of tensors is the same after one picture and after ten", async () => {
    const { tf } = await loadLibrary();
    const before = tf.memory().numTensors;
    const engine = await createFaceApiEngine({ ...OPTIONS, details: DETAILS });
    const picture = await photo(1, { left: 182, top: 155, width: 640, height: 640 }, 2);
    expect(await engine.find(picture)).toHaveLength(1);
    const afterOne = tf.memory().numTensors;
    for (let times = 1; times < 10; times++) await engine.find(picture);
    expect(tf.memory().numTensors).toBe(afterOne);
    await engine.close();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("a picture that fails leaves no tensor behind", async () => {
    const { tf } = await loadLibrary();
    const engine = await createFaceApiEngine(OPTIONS);
    const before = tf.memory().numTensors;
    const short = { info: { format: "png" as const, width: 9, height: 9, orientation: 1 }, working: { data: new Uint8Array(3), width: 9, height: 9 }, scale: 1 };
    await expect(engine.find(short)).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
    await engine.close();
  });
});

describe("engines", () => {
  it("work beside each other: closing one leaves the other its networks", async () => {
    const [first, second] = [await createFaceApiEngine(OPTIONS), await createFaceApiEngine(OPTIONS)];
    await first.close();
    expect(await second.find(await photo(1, WHOLE, 2))).toHaveLength(3);
    await second.close();
  });

  it("say what computes: the native library where it is installed, else WebAssembly", async () => {
    const engine = await createFaceApiEngine(OPTIONS);
    expect(["tensorflow", "wasm"]).toContain(engine.backend);
    await engine.close();
  });
});

describe("info", () => {
  it("names the library's version and the weights that the details need", () => {
    expect(faceApiInfo([])).toMatchObject({
      name: "face-api",
      version: "1.7.15",
      models: [
        { name: "ssd_mobilenetv1_model", sha256: "2835640602d53718aa6ae9a42896327eaa21beefed056c218d32ca7d79e1e2f8" },
        { name: "face_landmark_68_model", sha256: "4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b" },
      ],
    });
  });

  it.each([
    { details: ["age"], also: ["age_gender_model"] },
    { details: ["gender", "expressions"], also: ["age_gender_model", "face_expression_model"] },
    { details: ["pose", "quality", "landmarks"], also: [] },
    { details: ["descriptor"], also: ["face_recognition_model"] },
  ] as const)("with $details: $also", ({ details, also }) => {
    const names = faceApiInfo(details).models.map(({ name }) => name);
    expect(names).toEqual(["ssd_mobilenetv1_model", "face_landmark_68_model", ...also]);
  });
});
