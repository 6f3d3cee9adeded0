import { Undecodable } from "../errors.js";
import { jpegSegments } from "./jpeg-segments.js";
import type { PictureFormat } from "./picture-format.js";
import { tiffEntries } from "./tiff-entries.js";

/** Stops once for each part that a decoder would read before the first pixel. */
export type Parts = (file: Buffer) => Generator<unknown, void>;

/** A PNG of 64 MiB in chunks of 8 KiB, as libpng writes it, has 8,000 parts. */
const MOST = 200_000;
/** libwebp's time grows with the square of the frames; a JPEG of 64 MiB in the longest segments there are has 1,000. */
const FEW = 10_000;

const WALKS: Record<PictureFormat, { parts: Parts; most: number }> = {
  jpeg: { parts: jpegSegments, most: FEW },
  png: { parts: pngChunks, most: MOST },
  webp: { parts: riffChunks, most: FEW },
  gif: { parts: gifBlocks, most: MOST },
  tiff: { parts: tiffEntries, most: MOST },
  avif: { parts: mediaBoxes, most: MOST },
  heic: { parts: mediaBoxes, most: MOST },
};

/**
 * Refuses a file of very many parts: decoders go through all of them, for minutes or with gigabytes, and cannot be
 * stopped meanwhile. What is damaged is the decoder's business.
 * @throws Undecodable
 */
export function checkParts(format: PictureFormat, bytes: Uint8Array): void {
  const { parts, most } = WALKS[format];
  const walk = parts(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  for (let found = 0; !walk.next().done; found++) {
    if (found === most) throw new Undecodable(`more than ${most} parts in the file are too many`);
  }
}

function* pngChunks(file: Buffer): Generator<void> {
  for (let at = 8; at + 12 <= file.length && file.toString("latin1", at + 4, at + 8) !== "IEND"; at += 12 + file.readUInt32BE(at)) yield;
}

/** Chunks and frames of a WebP; behind the length that it gives itself nobody reads. */
function* riffChunks(file: Buffer): Generator<void> {
  const end = Math.min(file.length, 8 + file.readUInt32LE(4));
  for (let at = 12; at + 8 <= end; ) {
    yield;
    const size = file.readUInt32LE(at + 4);
    at += 8 + size + (size & 1);
  }
}

/** Frames and extensions (GIF89a §20, §24), each with data in blocks of at most 255 bytes. */
function* gifBlocks(file: Buffer): Generator<void> {
  const colours = (flags: number) => (flags & 0x80 ? 6 << (flags & 7) : 0);
  for (let at = 13 + colours(file[10]); file[at] === 0x2c || file[at] === 0x21; at++) {
    yield;
    at += file[at] === 0x21 ? 2 : 11 + colours(file[at + 9]);
    while (file[at] > 0) at += 1 + file[at];
  }
}

/** Boxes of an ISO base media file (ISO/IEC 14496-12 §4.2): libheif limits what is in them itself. */
function* mediaBoxes(file: Buffer): Generator<void> {
  for (let at = 0, size = 0; at + 16 <= file.length; at += size) {
    size = file.readUInt32BE(at);
    if (size === 1) size = Number(file.readBigUInt64BE(at + 8));
    if (size < 8) return;
    yield;
  }
}
