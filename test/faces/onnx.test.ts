import sharp, { type Sharp } from "sharp";
import type { FaceEngine, FaceOptions } from "../../src/faces/engine.js";
import { DETAILS, faceSchema, type Face } from "../../src/faces/face.js";
import { createOnnxEngine, modelsFor } from "../../src/faces/onnx/engine.js";
import { modelPaths } from "../../src/faces/engine-info.js";
import { decode, distance, FACES_IN_SAMPLE, sample } from "./samples.js";

const OPTIONS: FaceOptions = { details: ["pose", "quality", "landmarks", "descriptor"], recognition: "single", detectSize: 512, minScore: 0.5, minFace: 0 };

async function find(bytes: Uint8Array, options: Partial<FaceOptions> = {}): Promise<Face[]> {
  const engine = await createOnnxEngine({ ...OPTIONS, ...options }, modelPaths({ ...OPTIONS, ...options }));
  try {
    return await engine.find(await decode(bytes));
  } finally {
    await engine.close();
  }
}

const centre = ({ box }: Face) => [box.x + box.width / 2, box.y + box.height / 2];
const nearest = (faces: Face[], to: Face) => faces.reduce((a, b) => (distance(centre(a), centre(to)) < distance(centre(b), centre(to)) ? a : b));

describe("the onnx engine", () => {
  let engine: FaceEngine;
  const faces: Record<number, Face[]> = {};
  beforeAll(async () => {
    engine = await createOnnxEngine(OPTIONS, modelPaths(OPTIONS));
    for (const number of Object.keys(FACES_IN_SAMPLE).map(Number)) faces[number] = await engine.find(await decode(sample(number)));
  });
  afterAll(() => engine.close());

  it.each([1, 2, 3, 4, 5, 6])("finds every face of sample photo %i and nothing else", (number) => {
    expect(faces[number]).toHaveLength(FACES_IN_SAMPLE[number]);
  });

  it("gives faces as the contract says: largest first, inside the picture, to 0.1 px", async () => {
    for (const [number, found] of Object.entries(faces)) {
      const { info } = await decode(sample(Number(number)));
      const areas = found.map(({ box }) => box.width * box.height);
      expect(areas).toEqual([...areas].sort((a, b) => b - a));
      for (const face of found) {
        expect(faceSchema.parse(face)).toEqual(face);
        const { x, y, width, height } = face.box;
        expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
        expect(x + width).toBeLessThanOrEqual(info.width + 1e-9);
        expect(y + height).toBeLessThanOrEqual(info.height + 1e-9);
        for (const value of [x, y, width, height, ...Object.values(face.points).flat()]) expect(value).toBe(Math.round(value * 10) / 10);
        expect(Object.keys(face).sort()).toEqual(["box", "descriptor", "landmarks", "points", "pose", "quality", "score"]);
        expect(face.descriptor).toHaveLength(128);
      }
    }
  });

  it("sets the points where they belong: in the box, the mouth below the eyes along the face, near the 68", () => {
    for (const { box, points, landmarks = [], pose } of Object.values(faces).flat()) {
      for (const [x, y] of Object.values(points)) {
        expect(x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height).toBe(true);
      }
      const eyes = [(points.leftEye[0] + points.rightEye[0]) / 2, (points.leftEye[1] + points.rightEye[1]) / 2];
      const mouth = [(points.mouthLeft[0] + points.mouthRight[0]) / 2, (points.mouthLeft[1] + points.mouthRight[1]) / 2];
      const roll = ((pose?.roll ?? 0) * Math.PI) / 180;
      expect((mouth[1] - eyes[1]) * Math.cos(roll) - (mouth[0] - eyes[0]) * Math.sin(roll)).toBeGreaterThan(0.2 * box.height);
      expect(distance(points.nose, landmarks[30])).toBeLessThan(0.2 * box.height);
    }
  });

  it("tells people apart: no two faces of one photo are as near as two photos of one person are", () => {
    for (const found of Object.values(faces)) {
      for (const [i, face] of found.entries()) {
        for (const other of found.slice(0, i)) expect(distance(face.descriptor ?? [], other.descriptor ?? [])).toBeGreaterThan(0.45);
      }
    }
  });

  it.each([20, -20])("knows the same faces in the photo turned by %i degrees", async (angle) => {
    const turned = await sharp(sample(3)).rotate(angle, { background: "#888" }).jpeg({ quality: 95 }).toBuffer();
    const found = await engine.find(await decode(turned));
    expect(found).toHaveLength(3);
    for (const face of faces[3]) {
      const distances = found.map(({ descriptor = [] }) => distance(descriptor, face.descriptor ?? []));
      const same = found[distances.indexOf(Math.min(...distances))];
      expect(Math.min(...distances)).toBeLessThan(0.35);
      expect(distances.filter((value) => value < 0.45)).toHaveLength(1);
      expect(Math.abs((same.pose?.roll ?? 0) - (face.pose?.roll ?? 0) - angle)).toBeLessThan(8);
    }
  });

  it("mirrors with the picture: yaw and roll change sign, the descriptor stays", async () => {
    const mirrored = await engine.find(await decode(await sharp(sample(5)).flop().jpeg({ quality: 95 }).toBuffer()));
    const { width } = (await decode(sample(5))).info;
    for (const face of faces[5]) {
      const same = nearest(mirrored, { ...face, box: { ...face.box, x: width - face.box.x - face.box.width } });
      expect(distance(same.descriptor ?? [], face.descriptor ?? [])).toBeLessThan(0.3);
      expect(Math.abs((same.pose?.yaw ?? 0) + (face.pose?.yaw ?? 0))).toBeLessThan(10);
      expect(Math.abs((same.pose?.roll ?? 0) + (face.pose?.roll ?? 0))).toBeLessThan(6);
    }
  });

  it("closed at once, it finishes the pictures that it was given", async () => {
    const closing = await createOnnxEngine(OPTIONS, modelPaths(OPTIONS));
    const pictures = await Promise.all([1, 3].map((number) => decode(sample(number))));
    const found = Promise.all(pictures.map((picture) => closing.find(picture)));
    await closing.close();
    expect((await found).map((faces) => faces.length)).toEqual([FACES_IN_SAMPLE[1], FACES_IN_SAMPLE[3]]);
  });

  it("finds a face that fills the picture", async () => {
    const { box } = faces[3][0];
    const cut = { left: Math.round(box.x), top: Math.round(box.y), width: Math.round(box.width), height: Math.round(box.height) };
    expect(await engine.find(await decode(await sharp(sample(3)).extract(cut).png().toBuffer()))).toHaveLength(1);
  });

  it("finds nothing in pictures of nothing, of any shape", async () => {
    for (const [width, height] of [[640, 480], [1, 1], [3000, 2], [2, 900]]) {
      const empty = sharp({ create: { width, height, channels: 3, background: "#567" } });
      expect(await engine.find(await decode(await empty.png().toBuffer()))).toEqual([]);
    }
  });
});

describe("EXIF orientation", () => {
  const turns: Record<number, (upright: Sharp) => Sharp> = {
    2: (upright) => upright.flop(), 3: (upright) => upright.rotate(180), 4: (upright) => upright.flip(),
    5: (upright) => upright.flip().rotate(90), 6: (upright) => upright.rotate(270), 7: (upright) => upright.flip().rotate(270), 8: (upright) => upright.rotate(90),
  };
  it("gives the same boxes within 3 % in all eight", async () => {
    const upright = await sharp(sample(4)).png().toBuffer();
    const engine = await createOnnxEngine({ ...OPTIONS, details: [] }, modelPaths({ ...OPTIONS, details: [] }));
    const expected = await engine.find(await decode(upright));
    for (const [orientation, turn] of Object.entries(turns)) {
      const stored = await sharp(await turn(sharp(upright)).png().toBuffer()).withMetadata({ orientation: Number(orientation) }).jpeg({ quality: 90 }).toBuffer();
      const found = await engine.find(await decode(stored));
      expect(found).toHaveLength(expected.length);
      for (const face of expected) {
        const { box } = nearest(found, face);
        const allowed = 0.03 * Math.max(face.box.width, face.box.height);
        for (const side of ["x", "y", "width", "height"] as const) expect(Math.abs(box[side] - face.box[side])).toBeLessThan(allowed);
      }
    }
    await engine.close();
  });
});

describe("options", () => {
  it("minScore and minFace leave faces out; minFace counts pixels of the full picture", async () => {
    const all = await find(sample(2), { details: [] });
    const sure = all.filter(({ score }) => score >= 0.78);
    expect(await find(sample(2), { details: [], minScore: 0.78 })).toHaveLength(sure.length);
    const sides = all.map(({ box }) => Math.max(box.width, box.height)).sort((a, b) => a - b);
    expect(await find(sample(2), { details: [], minFace: sides[0] + 1 })).toHaveLength(2);
    const enlarged = await sharp(sample(2)).resize(3000).jpeg().toBuffer();
    expect(await find(enlarged, { details: [], minFace: sides[0] + 1 })).toHaveLength(3);
  });

  it("the boxes of a picture larger than the working size are in its own pixels", async () => {
    const [large, small] = [await find(await sharp(sample(1)).resize(3840).jpeg().toBuffer()), await find(sample(1))];
    for (const face of small) {
      const { box, landmarks = [] } = nearest(large, { ...face, box: { x: face.box.x * 2, y: face.box.y * 2, width: face.box.width * 2, height: face.box.height * 2 } });
      expect(Math.abs(box.width - 2 * face.box.width)).toBeLessThan(0.1 * box.width);
      expect(distance(landmarks[30], (face.landmarks ?? [])[30].map((value) => 2 * value))).toBeLessThan(0.1 * box.width);
    }
  });

  it.each([
    { details: [], keys: [], models: ["centerface"] },
    { details: ["pose"], keys: ["pose"], models: ["centerface", "landmarks"] },
    { details: ["quality"], keys: ["quality"], models: ["centerface", "landmarks"] },
    { details: ["descriptor"], keys: ["descriptor"], models: ["centerface", "landmarks", "descriptor", "descriptor-8bit"] },
    { details: ["age"], keys: ["age"], models: ["centerface", "landmarks", "age-gender"] },
    { details: ["gender", "expressions"], keys: ["expressions", "gender"], models: ["centerface", "landmarks", "age-gender", "expressions"] },
  ] as const)("details $details give no more than they name, with the models they need", async ({ details, keys, models }) => {
    expect(modelsFor({ ...OPTIONS, details })).toEqual(models);
    const [face] = await find(sample(3), { details });
    expect(Object.keys(face).sort()).toEqual([...keys, "box", "points", "score"].sort());
  });

  it("all details at once fit the schema and are plausible", async () => {
    const found = await find(sample(5), { details: DETAILS });
    for (const face of found) {
      expect(faceSchema.parse(face)).toEqual(face);
      expect(face.age).toBeGreaterThan(10);
      expect(face.age).toBeLessThan(70);
      expect(face.gender?.value).toBe("female");
      expect(Object.values(face.expressions ?? {}).reduce((a, b) => a + b)).toBeCloseTo(1, 2);
    }
    expect(found.filter(({ expressions }) => (expressions?.happy ?? 0) > 0.5).length).toBeGreaterThanOrEqual(3);
  });
});
