import type { Metadata } from "sharp";
import { TooManyPixels } from "../errors.js";
import type { JpegFrame } from "./jpeg-frame.js";
import type { PictureFormat } from "./picture-format.js";

/** What a picture's headers say of it. */
export type Header = Pick<Metadata, "width" | "height" | "channels" | "depth" | "isProgressive">;

/** A picture that takes more is decoded while no other such is, bytes. Photos of usual sizes take less, in all formats. */
export const LARGE = 288 * 2 ** 20;

/** What every picture takes (the raster that comes out, and what it is made from), bytes (measured). */
const LEAST = 32 * 2 ** 20;
/**
 * Rows that are held while a picture is shrunk as it is read (measured): those that libvips' buffers between its steps
 * have however few the picture has, and of a low picture all.
 */
const rowsHeld = (height: number) => Math.min(1500, 200 + 1.25 * height);

/** RGBA, bytes a pixel. */
const CANVAS = 4;
/** The planes, RGB and libvips' own copy, bytes a pixel; with more than 8 bits some more. */
const AVIF = 16;
/** Planes that stand one after the other in the file, the longest strips there can be, and their copy. */
const TIFF = 1.5;

/** A HEIC's planes, RGB, and what libde265 keeps of a picture, bytes a pixel. */
const HEIC = 8;
/** The largest canvas (canvas.ts): three times the working size, less one, shrunk by two, its sums and its pixels. */
const CANVAS_BYTES = 85 * 2 ** 20;

/**
 * About what libvips will take to decode a picture, bytes. Most formats are read row by row; of others the whole picture
 * is held, however small the raster is that comes out.
 * @param frame of a JPEG
 */
export function memoryOf(format: Exclude<PictureFormat, "heic">, header: Header, frame?: JpegFrame): number {
  const { width, height } = header;
  const sample = header.channels * sampleBytes(header.depth);
  return LEAST + width * rowsHeld(height) * sample + heldWhole(format, header, sample, frame);
}

/**
 * The same for HEIC: libheif's planes and RGB of the tile, or the picture, that is decoded at once; the canvas with its
 * sums; the file and its copy in libheif's memory.
 */
export function memoryOfHeic({ stored, patchPixels }: { stored: { width: number; height: number }; patchPixels: number }, fileBytes: number): number {
  return LEAST + patchPixels * HEIC + Math.min(stored.width * stored.height * 3, CANVAS_BYTES) + 2 * fileBytes;
}

/** @throws TooManyPixels */
export function checkMemory({ width, height }: Pick<Header, "width" | "height">, memory: number, limit: number): void {
  if (memory <= limit) return;
  throw new TooManyPixels(`decoding ${width} x ${height} pixels of this kind would take ${mebibytes(memory)} MiB; PICTURE_MEMORY is ${mebibytes(limit)} MiB`);
}

function heldWhole(format: Exclude<PictureFormat, "heic">, { width, height, depth, isProgressive }: Header, sample: number, frame?: JpegFrame): number {
  const pixels = width * height;
  switch (format) {
    case "jpeg":
      return frame?.coefficients ?? 0;
    case "png":
      return isProgressive ? pixels * sample : 0;
    case "webp":
    case "gif":
      return pixels * CANVAS;
    case "avif":
      return pixels * (AVIF + 2 * sampleBytes(depth));
    case "tiff":
      return pixels * sample * TIFF;
  }
}

function sampleBytes(depth: string): number {
  return { uchar: 1, char: 1, ushort: 2, short: 2, uint: 4, int: 4, float: 4, complex: 8, double: 8, dpcomplex: 16 }[depth] ?? 1;
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
