import { execFile } from "node:child_process";
import { promisify } from "node:util";
import sharp from "sharp";
import { TooManyPixels } from "../../src/errors.js";
import { decodePicture } from "../../src/image/decode.js";
import { LARGE } from "../../src/image/memory.js";
import { jpegOfProcess, plain, pngOf } from "../kit/bombs.js";

const MIB = 2 ** 20;
const LIMITS = { maxPixels: 150_000_000, workingSize: 2048 };

/** A child decodes a picture that it gets through stdin, and prints how much its memory grew beyond what a small one took, bytes. */
const CHILD = `
  const { readFileSync } = await import("node:fs");
  const { decodePicture } = await import(${JSON.stringify(new URL("../../src/image/decode.js", import.meta.url).href)});
  const peak = () => 1024 * Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  const bytes = readFileSync(0);
  const limits = ${JSON.stringify(LIMITS)};
  await decodePicture(Buffer.from("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", "base64"), limits).catch(() => {});
  const before = peak();
  await decodePicture(bytes, limits);
  process.stdout.write(String(peak() - before));
`;

async function grown(picture: Buffer): Promise<number> {
  const child = promisify(execFile)(process.execPath, ["--input-type=module", "-e", CHILD]);
  child.child.stdin?.end(picture);
  return Number((await child).stdout);
}

/** What decoding would take, as the refusal says it, bytes. */
async function estimated(picture: Buffer): Promise<number> {
  const refused: unknown = await decodePicture(picture, { ...LIMITS, maxMemory: 0 }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(TooManyPixels);
  return Number(/would take (\d+) MiB; PICTURE_MEMORY is 0 MiB/.exec((refused as Error).message)?.[1]) * MIB;
}

const picture = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: "#c85a3c", noise: { type: "gaussian", mean: 128, sigma: 20 } } });
/** Large enough to tell what is held whole from what is not: 16 million pixels. */
const big = () => picture(500, 500).resize(4000, 4000, { kernel: "nearest" });

describe("the memory that a picture takes", () => {
  it.each([
    ["JPEG", () => big().jpeg()],
    ["progressive JPEG", () => big().jpeg({ progressive: true })],
    ["progressive JPEG without subsampling", () => big().jpeg({ progressive: true, chromaSubsampling: "4:4:4" })],
    ["PNG", () => big().png({ compressionLevel: 1 })],
    ["interlaced PNG", () => big().png({ progressive: true, compressionLevel: 1 })],
    ["interlaced PNG of 16 bits", () => big().toColourspace("rgb16").png({ progressive: true, compressionLevel: 1 })],
    ["lossless WebP", () => big().webp({ lossless: true, effort: 0 })],
    ["GIF", () => picture(500, 500).threshold().resize(4000, 4000, { kernel: "nearest" }).gif({ effort: 1, colours: 4 })],
    ["TIFF", () => big().tiff({ compression: "lzw" })],
    ["tiled TIFF", () => big().tiff({ tile: true, compression: "deflate" })],
    ["AVIF", () => picture(2000, 1500).avif({ effort: 0 })],
  ])("is known before: %s", async (_, make) => {
    const bytes = await make().toBuffer();
    const [expected, taken] = [await estimated(bytes), await grown(bytes)];
    expect(taken).toBeLessThan(expected * 1.15);
    expect(taken).toBeGreaterThan(expected * 0.15);
  });

  it("is that of all coefficients of a JPEG that comes bit by bit, also in an arithmetic one", async () => {
    expect(await estimated(jpegOfProcess(10, 12_000))).toBeGreaterThan(12_000 * 12_000 * 3 * 2);
    expect(await estimated(jpegOfProcess(9, 12_000))).toBeLessThan(LARGE);
  });

  it.each([
    ["PNG", () => pngOf(200_000, 80, { megabytes: 48 })],
    ["PNG of 16 bits", () => pngOf(200_000, 40, { depth: 16, megabytes: 48 })],
    ["TIFF", () => plain(200_000, 80).tiff({ compression: "deflate" }).toBuffer()],
  ])("is that of very long rows: %s", async (_, make) => {
    const bytes = await make();
    expect(await grown(bytes)).toBeLessThan((await estimated(bytes)) * 1.15);
  });

  it.each(["jpeg", "png", "webp", "avif", "gif", "tiff"] as const)("lets a %s of 12 megapixels be decoded beside others", async (format) => {
    const bytes = await sharp({ create: { width: 4032, height: 3024, channels: 3, background: "#777" } }).toFormat(format, format === "avif" ? { effort: 0 } : {}).toBuffer();
    expect(await estimated(bytes)).toBeLessThan(LARGE);
  });

  it("makes a large picture wait for its turn, and no other", async () => {
    const asked: string[] = [];
    const large = (name: string) => <T>(work: () => Promise<T>) => (asked.push(name), work());
    await decodePicture(pngOf(11_000, 11_000, { interlaced: true }), { ...LIMITS, large: large("interlaced") }).catch(() => {}); // there are no pixels in it
    await decodePicture(await big().jpeg().toBuffer(), { ...LIMITS, large: large("JPEG") });
    expect(asked).toEqual(["interlaced"]);
  });

  it("refuses a picture above the setting, and says how much it would take", async () => {
    const bytes = await big().png({ progressive: true, compressionLevel: 1 }).toBuffer();
    await expect(decodePicture(bytes, { ...LIMITS, maxMemory: 64 * MIB })).rejects.toThrow(/^decoding 4000 x 4000 pixels of this kind would take \d+ MiB; PICTURE_MEMORY is 64 MiB$/);
  });
});
