import { Undecodable, UnsupportedFormat } from "../errors.js";
import { jpegSegments } from "./jpeg-segments.js";

/** What a JPEG's headers say of the work that its decoding is. */
export interface JpegFrame {
  /** Bytes of coefficients that are held until the last scan is read; 0 where each row is done with at once. */
  coefficients: number;
  /** How often data are gone through. */
  scans: number;
  /** Size, pixels. */
  width: number;
  height: number;
}

/** Markers of ISO/IEC 10918-1 table B.1. */
const SOS = 0xda;
/** Coefficients come bit by bit, coded by Huffman and arithmetically. */
const PROGRESSIVE = [0xc2, 0xca];
/** What libvips has libjpeg decode: sequential (both codings), lossless, and those. */
const DECODED = [0xc0, 0xc1, 0xc3, 0xc9, ...PROGRESSIVE];
/** Bits a sample that a sound file may have and libvips does not decode; other numbers than those and 8 are damage. */
const DEEP = [12, 16];
/** Start of frame: 0xc0 to 0xcf but for three that mean other things (DHT, JPG, DAC). */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** A block is 8x8 coefficients, 2 bytes each. */
const BLOCK = 8;
const BLOCK_BYTES = 128;

/** A JPEG of 150 million pixels may have 66 scans, which take 1.5 s where all of them say "nothing new". */
const MOST_SCANNED_PIXELS = 1e10;

/**
 * Goes through a JPEG's markers; damaged ones are the decoder's business.
 * @throws UnsupportedFormat where libjpeg does not decode such (hierarchical, arithmetic lossless, of more than 8 bits)
 */
export function jpegFrame(bytes: Uint8Array): JpegFrame {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: Buffer | undefined;
  let buffered = false;
  let scans = 0;
  for (const { marker, content } of jpegSegments(file)) {
    if (isFrame(marker)) {
      if (!frame && (!DECODED.includes(marker) || DEEP.includes(content[0]))) throw new UnsupportedFormat(`JPEG pictures of process ${marker - 0xc0} with ${content[0]} bits are not decoded`);
      frame ??= content;
      buffered ||= PROGRESSIVE.includes(marker);
    } else if (marker === SOS) {
      scans++;
      buffered ||= content[0] < (frame?.[5] ?? 1); // not all components in one scan
    }
    if (!buffered && scans > 0) break; // the one scan there is, and most of the file
  }
  if (!frame || frame.length < 6) return { scans, coefficients: 0, width: 0, height: 0 };
  return { scans, coefficients: buffered ? coefficientBytes(frame) : 0, ...sizeOf(frame) };
}

/** @throws Undecodable where reading it takes too long for what it shows: a progressive JPEG of very many scans */
export function checkScans({ scans, width, height }: JpegFrame): void {
  if (scans * width * height > MOST_SCANNED_PIXELS) throw new Undecodable(`${scans} scans of ${width} x ${height} pixels are too many`);
}

function sizeOf(frame: Buffer): { width: number; height: number } {
  return { width: frame.readUInt16BE(3), height: frame.readUInt16BE(1) };
}

/** Of a frame header without its length: precision, height, width, the number of components, three bytes for each (B.2.2). */
function coefficientBytes(frame: Buffer): number {
  const { width, height } = sizeOf(frame);
  const sampling = Array.from({ length: frame[5] }, (_, i) => frame[7 + 3 * i] ?? 0x11).map((both) => [both >> 4, both & 15]);
  const [across, down] = [0, 1].map((side) => Math.max(1, ...sampling.map((both) => both[side])));
  const blocks = (size: number, share: number, whole: number) => Math.ceil(size / (BLOCK * whole)) * share;
  return sampling.reduce((sum, [h, v]) => sum + blocks(width, h, across) * blocks(height, v, down) * BLOCK_BYTES, 0);
}
