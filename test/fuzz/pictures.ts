import fc from "fast-check";
import { crc32 } from "node:zlib";
import type { FacePool } from "../../src/faces/engine.js";
import { createFacePool } from "../../src/faces/pool.js";
import { loadSharp } from "../../src/image/sharp.js";
import { Failure } from "../../src/errors.js";
import { sample } from "../kit/service.js";
import { heic } from "../kit/heic.js";
import { type Edit, edited, edits, place } from "./arbitraries.js";
import { type Part, property, type Subject } from "./campaign.js";
import { checkPollution, Tally } from "./rules.js";

const MAX_PIXELS = 20_000_000;
const LONGEST = 5000;
/** What the process may grow by, bytes: a picture of MAX_PIXELS in four channels a few times over, and the HEIC decoder's heap. */
const MOST_MEMORY = 1024 ** 3;
const CODES = ["undecodable", "unsupported-format", "too-many-pixels"];

/** Valid pictures of every format, by name: a corner of a sample photo, small so that many can be tried. */
async function originals(): Promise<Record<string, Buffer>> {
  const sharp = await loadSharp();
  const photo = await sharp(sample(1)).extract({ left: 720, top: 330, width: 400, height: 400 }).resize(96, 64, { fit: "fill" }).png().toBuffer();
  const image = () => sharp(photo);
  const withMetadata = () => image().withExif({ IFD0: { Make: "fuzz" }, IFD3: { GPSLatitudeRef: "N" } }).withMetadata({ orientation: 6, icc: "p3" });
  const frames = await sharp([photo, await image().negate().png().toBuffer()], { join: { animated: true } }).gif().toBuffer();
  return {
    jpeg: await image().jpeg().toBuffer(),
    "jpeg, progressive": await image().jpeg({ progressive: true, chromaSubsampling: "4:4:4" }).toBuffer(),
    "jpeg with metadata": await withMetadata().jpeg().toBuffer(),
    png: await image().png().toBuffer(),
    "png, interlaced": await image().png({ progressive: true }).toBuffer(),
    "png, 16 bits": await image().toColourspace("rgb16").png().toBuffer(),
    "png, palette": await image().png({ palette: true }).toBuffer(),
    webp: await image().webp().toBuffer(),
    "webp, lossless with metadata": await withMetadata().webp({ lossless: true }).toBuffer(),
    avif: await image().avif({ effort: 0 }).toBuffer(),
    gif: frames,
    tiff: await withMetadata().tiff({ compression: "lzw" }).toBuffer(),
    "tiff, tiled": await image().tiff({ compression: "deflate", tile: true, tileWidth: 32, tileHeight: 32 }).toBuffer(),
    "tiff, jpeg inside": await image().tiff({ compression: "jpeg" }).toBuffer(),
    heic: await heic(image()),
    "heic, tiles": await heic(image(), { tile: 32, turns: 1 }),
  };
}
const FORMATS = ["jpeg", "jpeg, progressive", "jpeg with metadata", "png", "png, interlaced", "png, 16 bits", "png, palette", "webp", "webp, lossless with metadata", "avif", "gif", "tiff", "tiff, tiled", "tiff, jpeg inside", "heic", "heic, tiles"];

class Decoder implements Subject {
  readonly tally = new Tally();
  readonly #memory = process.memoryUsage.rss();
  /** The most that the process took, bytes. */
  peak = 0;

  constructor(readonly pictures: Record<string, Buffer>, readonly pool: FacePool) {}

  close(): Promise<void> {
    return this.pool.close();
  }

  /**
   * Through a real worker, faces and all: a picture, or one of three failures.
   * @param expected the failure's code where there is no doubt
   */
  async decode(bytes: Uint8Array, expected?: string): Promise<void> {
    const { tally } = this;
    const started = performance.now();
    const outcome = await this.pool.analyze(new Uint8Array(bytes), AbortSignal.timeout(LONGEST)).catch((error: unknown) => error);
    const milliseconds = performance.now() - started;
    tally.check("pictureTime", milliseconds < LONGEST, `${milliseconds} ms`);
    if (outcome instanceof Error) {
      const code = outcome instanceof Failure ? outcome.code : outcome.name;
      tally.count(code);
      tally.check("picture", CODES.includes(code) && (expected === undefined || code === expected), outcome);
    } else {
      tally.count("picture");
      tally.check("picture", expected === undefined, outcome);
      const { picture, faces } = outcome as Awaited<ReturnType<FacePool["analyze"]>>;
      const { width, height } = picture;
      tally.check("picture", Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 && width * height <= MAX_PIXELS, picture);
      tally.check("picture", faces.every(({ box }) => box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 0.1 && box.y + box.height <= height + 0.1), { picture, faces });
    }
    this.peak = Math.max(this.peak, process.memoryUsage.rss());
    tally.check("memory", this.peak - this.#memory < MOST_MEMORY, `${Math.round((this.peak - this.#memory) / 1024 / 1024)} MiB more than at the start`);
    checkPollution(tally);
    tally.cases += 1;
  }
}

const format = fc.constantFrom(...FORMATS);
/** Numbers that lengths and sides turn into: none, small, just over a limit, negative where signed. */
const numbers = fc.oneof(fc.constantFrom(0, 1, 2, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat(0xffffffff));

/** Where a file says how long or how large something is: a field of two or four bytes in either order. */
interface Field {
  at: number;
  value: number;
  size: 2 | 4;
  little: boolean;
}
const fields = fc.array(fc.record<Field>({ at: place, value: numbers, size: fc.constantFrom(2, 4), little: fc.boolean() }), { minLength: 1, maxLength: 3 });

function withFields(original: Buffer, list: Field[], within = original.length): Buffer {
  const bytes = Buffer.from(original);
  for (const { at, value, size, little } of list) {
    const place = Math.floor(at * (Math.min(within, bytes.length) - 4));
    const small = size === 2 ? value & 0xffff : value;
    const write = size === 2 ? (little ? "writeUInt16LE" : "writeUInt16BE") : little ? "writeUInt32LE" : "writeUInt32BE";
    bytes[write](small, place);
  }
  return bytes;
}

/** Headers are where lengths, sides and offsets stand. */
const HEADER = 600;

/** A chunk of a PNG is damaged within, and its checksum made right again: what is inside is believed. */
function insidePng(original: Buffer, list: Edit[], which: number): Buffer {
  const chunks: { type: Buffer; data: Buffer }[] = [];
  for (let at = 8; at + 12 <= original.length; ) {
    const length = original.readUInt32BE(at);
    chunks.push({ type: original.subarray(at + 4, at + 8), data: original.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  const written = chunks.map(({ type, data }, i) => {
    const body = Buffer.concat([type, i === which % chunks.length ? edited(data, list) : data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length - 4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  });
  return Buffer.concat([original.subarray(0, 8), ...written]);
}

/** The sides in a PNG's header chunk, or in a JPEG's frame header. */
function withSides(original: Buffer, width: number, height: number): Buffer {
  const bytes = Buffer.from(original);
  if (bytes[0] === 0x89) {
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  } else {
    const frame = [0xc0, 0xc2].map((marker) => bytes.indexOf(Buffer.from([0xff, marker, 0, 17]))).find((at) => at > 0)!;
    bytes.writeUInt16BE(height, frame + 5);
    bytes.writeUInt16BE(width, frame + 7);
  }
  return bytes;
}
const sides = fc.integer({ min: 1, max: 65_000 }); // libvips and JPEG go no further than 65,535

/** Pictures of every format, damaged in every way. */
export const PICTURES: Part<Decoder> = {
  async start() {
    const pictures = await originals();
    const pool = createFacePool({ engine: "onnx", workers: 1, maxPixels: MAX_PIXELS, options: { details: [], recognition: "single", detectSize: 320, minScore: 0.5, minFace: 0 } });
    await pool.ready();
    return new Decoder(pictures, pool);
  },
  properties: [
    property("flipped, cut, doubled and swapped bytes", 120, (on: Decoder) => fc.asyncProperty(format, edits(4), (name, list) => on.decode(edited(on.pictures[name], list)))),
    property("other lengths and sides in the header", 120, (on: Decoder) => fc.asyncProperty(format, fields, (name, list) => on.decode(withFields(on.pictures[name], list, HEADER)))),
    property("sides that the picture does not have", 60, (on: Decoder) =>
      fc.asyncProperty(fc.constantFrom("jpeg", "jpeg, progressive", "png", "png, interlaced", "png, 16 bits"), sides, sides, (name, width, height) =>
        on.decode(withSides(on.pictures[name], width, height), width * height > MAX_PIXELS ? "too-many-pixels" : undefined))),
    property("other numbers anywhere", 40, (on: Decoder) => fc.asyncProperty(format, fields, (name, list) => on.decode(withFields(on.pictures[name], list)))),
    property("two pictures spliced", 50, (on: Decoder) =>
      fc.asyncProperty(format, format, place, place, (one, other, until, from) => {
        const [head, tail] = [on.pictures[one], on.pictures[other]];
        return on.decode(Buffer.concat([head.subarray(0, Math.ceil(until * head.length)), tail.subarray(Math.floor(from * tail.length))]));
      })),
    property("PNG chunks whose checksum is right", 50, (on: Decoder) => fc.asyncProperty(fc.constantFrom("png", "png, interlaced", "png, 16 bits", "png, palette"), edits(2), fc.nat(8), (name, list, which) => on.decode(insidePng(on.pictures[name], list, which)))),
    property("any bytes behind the first ones of a format", 40, (on: Decoder) => fc.asyncProperty(format, fc.uint8Array({ maxLength: 400 }), fc.nat(64), (name, bytes, length) => on.decode(Buffer.concat([on.pictures[name].subarray(0, length), bytes])))),
  ],
};
