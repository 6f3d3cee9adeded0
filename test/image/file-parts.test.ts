import sharp from "sharp";
import { Undecodable } from "../../src/errors.js";
import { decodePicture } from "../../src/image/decode.js";
import { checkParts } from "../../src/image/file-parts.js";
import type { PictureFormat } from "../../src/image/picture-format.js";
import { pngChunk, pngOf, riffChunk, segment, u32, webp } from "../kit/bombs.js";

const copies = (count: number, part: Buffer) => Buffer.alloc(count * part.length, part);
const text = (content: string) => Buffer.from(content, "latin1");
const JPEG = Buffer.from([0xff, 0xd8]);
const GIF = Buffer.concat([text("GIF89a"), Buffer.from([1, 0, 1, 0, 0x80, 0, 0]), Buffer.alloc(6)]);
/** A frame with colours of its own and two blocks of data. */
const FRAME = Buffer.concat([Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0x81]), Buffer.alloc(12), Buffer.from([2, 1, 0x2c, 2, 0x2c, 0x3b, 0])]);
const COMMENT = Buffer.from([0x21, 0xfe, 3, 0x3b, 0x3b, 0x3b, 0]);

/** Directories of two entries each, linked in order, the last to itself. */
function tiffPages(pages: number, { little, big }: { little: boolean; big: boolean }): Buffer {
  const [word, countBytes, entryBytes] = big ? [8, 8, 20] : [4, 2, 12];
  const size = countBytes + 2 * entryBytes + word;
  const file = Buffer.alloc(16 + pages * size);
  const write = (value: number, at: number, bytes: number) => {
    if (bytes === 8) void (little ? file.writeBigUInt64LE(BigInt(value), at) : file.writeBigUInt64BE(BigInt(value), at));
    else void (little ? file.writeUIntLE(value, at, bytes) : file.writeUIntBE(value, at, bytes));
  };
  file.write(little ? "II" : "MM");
  write(big ? 43 : 42, 2, 2);
  write(16, word, word);
  for (let page = 0, at = 16; page < pages; page++, at += size) {
    write(2, at, countBytes);
    write(page + 1 < pages ? at + size : at, at + size - word, word);
  }
  return file;
}

/** Files of a number of parts, and how many there may be; one less where another part comes first. */
const FILES: [string, PictureFormat, number, (parts: number) => Buffer | Promise<Buffer>][] = [
  ["segments", "jpeg", 10_000, (parts) => Buffer.concat([JPEG, copies(parts, segment(0xe2, text("MPF\0")))])],
  ["segments behind a scan with stuffed and filling bytes", "jpeg", 9_999, (parts) => Buffer.concat([JPEG, segment(0xda, [0]), Buffer.from([1, 0xff, 0, 0xff, 0xd0, 2, 0xff]), copies(parts, segment(0xc4, []))])],
  ["chunks", "png", 200_000, (parts) => Buffer.concat([pngOf(1, 1).subarray(0, 8), copies(parts, pngChunk("teXt", Buffer.alloc(1)))])],
  ["chunks of odd length", "webp", 9_999, (parts) => webp(0, copies(parts, riffChunk("abcd", Buffer.alloc(1))))],
  ["frames", "gif", 200_000, (parts) => Buffer.concat([GIF, copies(parts, FRAME)])],
  ["comments", "gif", 200_000, (parts) => Buffer.concat([GIF, copies(parts, COMMENT)])],
  ["boxes", "heic", 200_000, (parts) => copies(parts, Buffer.concat([u32(16), text("free"), Buffer.alloc(8)]))],
  ["boxes of long form", "avif", 200_000, (parts) => copies(parts, Buffer.concat([u32(1), text("free"), u32(0, 16)]))],
  ...[true, false].flatMap((little) => [true, false].map((big): (typeof FILES)[number] =>
    [`pages of two entries, ${big ? "BigTIFF" : "TIFF"} in ${little ? "Intel's" : "Motorola's"} order`, "tiff", 100_000, (pages) => tiffPages(pages, { little, big })])),
];

/** What no decoder reads. */
const BEHIND: [string, PictureFormat, Buffer][] = [
  ["a JPEG's end", "jpeg", Buffer.concat([JPEG, Buffer.from([0xff, 0xd9]), copies(20_000, segment(0xe5, []))])],
  ["a WebP's end", "webp", Buffer.concat([webp(0), Buffer.alloc(1_000_000)])],
  ["a GIF's end", "gif", Buffer.concat([GIF, Buffer.from([0x3b]), copies(300_000, FRAME)])],
];

describe("the parts of a file", () => {
  it.each(FILES)("may be so many: %s (%s)", async (_, format, most, make) => {
    const [fits, tooMany] = [await make(most), await make(most + 1)];
    expect(() => checkParts(format, fits)).not.toThrow();
    expect(() => checkParts(format, tooMany)).toThrow(Undecodable);
  });

  it.each(BEHIND)("are not looked for behind %s", (_, format, file) => {
    expect(() => checkParts(format, file)).not.toThrow();
  });

  it.each(["jpeg", "png", "webp", "gif", "tiff", "avif", "heic"] as const)("may be damaged or cut short: %s", (format) => {
    for (let length = 12; length < 200; length++) checkParts(format, Buffer.concat([text("MM\0+RIFF"), Buffer.alloc(length, 0xff)]).subarray(0, length));
  });

  it("leave an animation its first frame", async () => {
    const frame = (background: string) => sharp({ create: { width: 40, height: 30, channels: 3, background } }).png().toBuffer();
    const animation = await sharp(await Promise.all(["#c85a3c", "#3c5ac8", "#5ac83c"].map(frame)), { join: { animated: true } }).webp({ lossless: true }).toBuffer();
    const { info, working } = await decodePicture(animation, { maxPixels: 1e6, workingSize: 2048 });
    expect(info).toMatchObject({ width: 40, height: 30 });
    expect(Buffer.from(working.data)).toEqual(copies(40 * 30, Buffer.from([0xc8, 0x5a, 0x3c])));
  });
});
