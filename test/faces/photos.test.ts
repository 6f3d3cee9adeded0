import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { Failure } from "../../src/errors.js";
import type { FacePool } from "../../src/faces/engine.js";
import type { Face } from "../../src/faces/face.js";
import { createFacePool } from "../../src/faces/pool.js";
import { sample } from "./samples.js";

/** Photos that are too large to be part of this repository; used where they lie beside it. */
const FIXTURES = fileURLToPath(new URL("../../../../shared/fixtures/", import.meta.url));

let pool: FacePool;
beforeAll(() => {
  pool = createFacePool({
    engine: "onnx",
    workers: 2,
    maxPixels: 150_000_000,
    options: { details: ["pose", "quality"], recognition: "single", detectSize: 512, minScore: 0.5, minFace: 0 },
  });
});
afterAll(() => pool.close());

const analyze = (bytes: Uint8Array) => pool.analyze(new Uint8Array(bytes), new AbortController().signal);
const holds = ({ box }: Face, [x, y]: number[]) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;

describe("the same faces are found in a photo as", () => {
  const small = () => sharp(sample(3)).resize(960);
  it.each([
    ["JPEG", () => small().jpeg()],
    ["grey JPEG", () => small().greyscale().jpeg()],
    ["CMYK JPEG", () => small().toColourspace("cmyk").jpeg()],
    ["16-bit PNG", () => small().toColourspace("rgb16").png()],
    ["WebP", () => small().webp()],
    ["AVIF", () => small().avif({ effort: 0 })],
    ["GIF", () => small().gif({ effort: 1 })],
    ["TIFF", () => small().tiff()],
    ["photo of a wide gamut", () => small().withIccProfile("p3").jpeg()],
  ])("%s", async (_, encoded) => {
    const { faces } = await analyze(await encoded().toBuffer());
    expect(faces).toHaveLength(3);
    for (const nose of [[568, 196], [805, 231], [332, 241]]) expect(faces.filter((face) => holds(face, nose))).toHaveLength(1);
  });
});

if (existsSync(FIXTURES)) {
  const files = (folder: string) => readdirSync(FIXTURES + folder).filter((name) => /\.(jpg|png|webp|gif|avif|ico)$/.test(name));
  const read = (path: string) => readFileSync(FIXTURES + path);

  it("every labelled nose lies in exactly one box, and no box lacks one", async () => {
    const { photos } = JSON.parse(read("photos/labels.json").toString()) as { photos: { file: string; noses: number[][] }[] };
    let empty = 0;
    for (const { file, noses } of photos) {
      const { faces } = await analyze(read(`photos/${file}`));
      for (const nose of noses) expect([file, faces.filter((face) => holds(face, nose)).length]).toEqual([file, 1]);
      empty += faces.filter((face) => !noses.some((nose) => holds(face, nose))).length;
    }
    expect(empty).toBeLessThanOrEqual(1);
  });

  it.each(["awkward", "fuzzed-jpeg"])("every file of %s gives faces or a named failure, and ends no worker", async (folder) => {
    for (const file of files(folder)) {
      const outcome: unknown = await analyze(read(`${folder}/${file}`)).catch((error: unknown) => error);
      const named = outcome instanceof Failure && ["too-many-pixels", "undecodable", "unsupported-format"].includes(outcome.code);
      expect([file, named || "faces" in (outcome as object)]).toEqual([file, true]);
    }
  });

  it("one face in all eight orientations has one box, within 3 %", async () => {
    const { faces: [expected] } = await analyze(read("awkward/hopper.jpg"));
    const allowed = 0.03 * Math.max(expected.box.width, expected.box.height);
    for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
      const { faces } = await analyze(read(`awkward/hopper_orientation_${orientation}.jpg`));
      expect(faces).toHaveLength(1);
      for (const side of ["x", "y", "width", "height"] as const) expect(Math.abs(faces[0].box[side] - expected.box[side])).toBeLessThan(allowed);
    }
  });
}
