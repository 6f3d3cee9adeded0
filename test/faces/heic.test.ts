import sharp from "sharp";
import type { Face } from "../../src/faces/face.js";
import { createFacePool } from "../../src/faces/pool.js";
import { heic } from "../kit/heic.js";
import { sample } from "./samples.js";

/** Shared area over united area. */
function overlap({ box: a }: Face, { box: b }: Face): number {
  const side = (from: number, length: number, otherFrom: number, otherLength: number) => Math.max(0, Math.min(from + length, otherFrom + otherLength) - Math.max(from, otherFrom));
  const shared = side(a.x, a.width, b.x, b.width) * side(a.y, a.height, b.y, b.height);
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** As an iPhone held upright writes it: turned in tiles of 512 pixels, told to turn back (irot), in Display P3, with EXIF. */
async function iPhoneStyle(jpeg: Uint8Array): Promise<Buffer> {
  const exif = { IFD2: { DateTimeOriginal: "2024:05:01 10:20:30", OffsetTimeOriginal: "+08:00" } };
  const p3 = await sharp(jpeg).rotate(90).withIccProfile("p3").withExif(exif).withExifMerge({ IFD0: { Orientation: "6" } }).png().toBuffer();
  const { icc, exif: segment } = await sharp(p3).metadata();
  const stored = await sharp(p3, { ignoreIcc: true }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = stored.info;
  return heic(sharp(stored.data, { raw: { width, height, channels: 3 } }), { tile: 512, turns: 1, icc, exif: segment });
}

describe("an iPhone-style HEIC gives the same faces as its JPEG", () => {
  const options = { details: [], recognition: "single" as const, detectSize: 512, minScore: 0.5, minFace: 0 };
  const pool = createFacePool({ engine: "onnx", workers: 1, options, maxPixels: 150_000_000 });
  const analyse = (bytes: Uint8Array) => pool.analyze(new Uint8Array(bytes), new AbortController().signal);
  afterAll(() => pool.close());

  it.each([1, 6])("sample photo %i", async (number) => {
    const jpeg = sample(number);
    const expected = await analyse(jpeg);
    const { picture, faces } = await analyse(await iPhoneStyle(jpeg));
    const { width, height } = expected.picture;
    expect(picture).toEqual({ format: "heic", width, height, orientation: 1, takenAt: "2024-05-01T10:20:30+08:00" });
    expect(faces).toHaveLength(expected.faces.length);
    for (const face of expected.faces) {
      // By place: two faces of almost the same size may change their order.
      const same = faces.reduce((a, b) => (overlap(b, face) > overlap(a, face) ? b : a));
      expect(overlap(same, face)).toBeGreaterThan(0.9);
      expect(Math.abs(same.score - face.score)).toBeLessThan(0.05);
    }
  });
});
