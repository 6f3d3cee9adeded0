import { crc32, deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";

/** A small picture to hang things on. */
export function plain(width = 64, height = 48): Sharp {
  return sharp({ create: { width, height, channels: 3, background: "#c85a3c" }, limitInputPixels: false });
}

/** Many zeros, packed: 1000 times smaller. */
export const zeros = (megabytes: number): Buffer => deflateSync(Buffer.alloc(megabytes * 2 ** 20));

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A PNG with chunks put in behind its header. */
export async function pngWith(...chunks: Buffer[]): Promise<Buffer> {
  const png = await plain().png().toBuffer();
  return Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);
}

/** A PNG that claims a size, with so many megabytes of zeros for its pixels. */
export function pngOf(width: number, height: number, { depth = 8, interlaced = false, megabytes = 1 } = {}): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, depth, 2, 0, 0, interlaced ? 1 : 0]);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([SIGNATURE, pngChunk("IHDR", header), pngChunk("IDAT", zeros(megabytes)), pngChunk("IEND", Buffer.alloc(0))]);
}

/** A JPEG segment, or scan header, with its length. */
export function segment(marker: number, data: number[] | Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, Buffer.from(data)]);
}

/** A JPEG with segments put in behind its first marker. */
export async function jpegWith(...segments: Buffer[]): Promise<Buffer> {
  const jpeg = await plain().jpeg().toBuffer();
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

/**
 * A JPEG of three channels by its process (the second half of its start of frame, ISO/IEC 10918-1 table B.1), with scans
 * of zeros, which say "nothing here" where they are coded arithmetically.
 */
export function jpegOfProcess(process: number, side: number, { scans = 1, bits = 8, between = Buffer.alloc(0) } = {}): Buffer {
  const size = [side >> 8, side & 255];
  const scan = [segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, process === 9 ? 63 : 0, 0]), Buffer.alloc(200), between];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from("JFIF\0\x01\x01\0\0\x01\0\x01\0\0", "latin1")),
    segment(0xdb, [0, ...new Array<number>(64).fill(1)]),
    segment(0xc0 + process, [bits, ...size, ...size, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]),
    ...new Array<Buffer[]>(scans).fill(scan).flat(),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/**
 * A grey progressive JPEG whose scans all say "nothing here" or "nothing new" of one coefficient (ISO/IEC 10918-1
 * annex G): each costs the decoder a pass over the whole picture, and the file a few bytes.
 */
export function jpegOfScans(side: number, scans: number): Buffer {
  const blocks = Math.ceil(side / 8) ** 2;
  const size = [side >> 8, side & 255];
  const oneCode = (table: number, symbol: number) => segment(0xc4, [table, 1, ...new Array<number>(15).fill(0), symbol]);
  // EOB14: one code, then 14 ones: 32767 blocks without a coefficient.
  const runs = Math.ceil(blocks / 32767);
  const bits = `0${"1".repeat(14)}`.repeat(runs).padEnd(Math.ceil((15 * runs) / 8) * 8, "1");
  const data = Buffer.from(bits.match(/.{8}/g)!.flatMap((byte) => (byte === "11111111" ? [255, 0] : [parseInt(byte, 2)])));
  const ac = Array.from({ length: scans - 1 }, (_, i) => {
    const low = 13 - Math.floor(i / 63);
    const coefficient = (i % 63) + 1;
    return [segment(0xda, [1, 1, 0, coefficient, coefficient, low === 13 ? 13 : ((low + 1) << 4) | low]), data];
  });
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...new Array<number>(64).fill(1)]),
    segment(0xc2, [8, ...size, ...size, 1, 1, 0x11, 0]),
    oneCode(0x00, 0),
    oneCode(0x10, 0xe0),
    segment(0xda, [1, 1, 0, 0, 0, 0]),
    Buffer.alloc(Math.ceil(blocks / 8)),
    ...ac.flat(),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** A TIFF directory's entry: tag, type (2 ASCII, 3 SHORT, 4 LONG), count, value. */
type Entry = [tag: number, type: 2 | 3 | 4, count: number, value: number];

/** Uncompressed grey 64x64, 8 bits; entries given replace its own. */
export function tiff(entries: Entry[], { pages = 1, loop = false } = {}): Buffer {
  const given = new Set(entries.map(([tag]) => tag));
  const own: Entry[] = [[256, 4, 1, 64], [257, 4, 1, 64], [258, 3, 1, 8], [259, 3, 1, 1], [262, 3, 1, 1], [273, 4, 1, 8], [277, 3, 1, 1], [278, 4, 1, 64], [279, 4, 1, 4096]];
  const all = [...own.filter(([tag]) => !given.has(tag)), ...entries].sort(([a], [b]) => a - b);
  const size = 2 + 12 * all.length + 4;
  const first = 8 + 4096;
  const file = Buffer.alloc(first + pages * size, 0x80);
  file.write("II*\0", 0, "latin1");
  file.writeUInt32LE(first, 4);
  for (let page = 0; page < pages; page++) {
    const at = first + page * size;
    file.writeUInt16LE(all.length, at);
    for (const [i, [tag, type, count, value]] of all.entries()) {
      file.writeUInt16LE(tag, at + 2 + 12 * i);
      file.writeUInt16LE(type, at + 4 + 12 * i);
      file.writeUInt32LE(count, at + 6 + 12 * i);
      file.writeUInt32LE(value, at + 10 + 12 * i);
    }
    file.writeUInt32LE(page + 1 < pages ? at + size : loop ? first : 0, at + size - 4);
  }
  return file;
}

/** A GIF of frames that each claim a size, the screen another; LZW data for one row of one pixel. */
export function gif(screen: number, frame: number, frames: number): Buffer {
  const u16 = (value: number) => [value & 255, value >> 8];
  const image = Buffer.from([0x2c, 0, 0, 0, 0, ...u16(frame), ...u16(frame), 0, 2, 2, 0x44, 0x01, 0]);
  return Buffer.concat([Buffer.from("GIF89a"), Buffer.from([...u16(screen), ...u16(screen), 0x80, 0, 0, 0, 0, 0, 255, 255, 255]), ...new Array<Buffer>(frames).fill(image), Buffer.from([0x3b])]);
}

/** A chunk of a RIFF file (WebP), padded to an even length. */
export function riffChunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  return Buffer.concat([Buffer.from(type, "latin1"), length, data, Buffer.alloc(data.length & 1)]);
}

/** A WebP animation of 64x64 whose frames are one pixel each. */
export async function webpOfFrames(frames: number): Promise<Buffer> {
  const still = await plain(1, 1).webp({ lossless: true }).toBuffer();
  const frame = riffChunk("ANMF", Buffer.concat([Buffer.alloc(12), Buffer.from([100, 0, 0, 0]), still.subarray(12)]));
  return webp(2, riffChunk("ANIM", Buffer.alloc(6)), Buffer.alloc(frame.length * frames, frame));
}

/** A WebP of 64x64 of these chunks; flags as VP8X has them (2: an animation). */
export function webp(flags: number, ...chunks: Buffer[]): Buffer {
  const header = riffChunk("VP8X", Buffer.from([flags, 0, 0, 0, 63, 0, 0, 63, 0, 0]));
  return riffChunk("RIFF", Buffer.concat([Buffer.from("WEBP"), header, ...chunks]));
}

/** Changes every occurrence of a box's (ISO/IEC 14496-12) or chunk's content from some bytes behind its name. */
export function overwrite(file: Buffer, name: string, behind: number, data: Buffer): Buffer {
  const copy = Buffer.from(file);
  for (let at = copy.indexOf(name, 0, "latin1"); at !== -1; at = copy.indexOf(name, at + 1, "latin1")) data.copy(copy, at + name.length + behind);
  return copy;
}

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}
