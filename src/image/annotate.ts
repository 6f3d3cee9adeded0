import { decodePicture, WORKING_SIZE } from "./decode.js";
import type { Raster } from "./picture.js";
import { loadSharp } from "./sharp.js";

/** What is drawn: pixels of the full upright picture. */
export interface Mark {
  box: { x: number; y: number; width: number; height: number };
  points: Record<string, [number, number]>;
}

type Colour = [red: number, green: number, blue: number];
const LIGHT: Colour = [72, 255, 120];
const DARK: Colour = [0, 40, 10];
const JPEG_QUALITY = 88;

/**
 * A copy of the picture with boxes and points drawn in: JPEG, upright, at most 2048 px.
 * @throws TooManyPixels, Undecodable, UnsupportedFormat as decoding does
 */
export async function annotatePicture(bytes: Uint8Array, marks: Mark[], maxPixels: number): Promise<Buffer> {
  const { working, scale } = await decodePicture(bytes, { maxPixels, workingSize: WORKING_SIZE });
  const line = Math.max(2, Math.round(Math.max(working.width, working.height) / 400));
  for (const { box, points } of marks) {
    const [left, top, right, bottom] = [box.x, box.y, box.x + box.width, box.y + box.height].map((at) => at / scale);
    frame(working, left, top, right, bottom, line + 2, DARK); // a rim, to be seen on any ground
    frame(working, left + 1, top + 1, right - 1, bottom - 1, line, LIGHT);
    const dot = Math.min(line, Math.max(1, (right - left) / 30));
    for (const [x, y] of Object.values(points).map((point) => point.map((at) => at / scale))) {
      fill(working, x - dot - 1, y - dot - 1, x + dot + 1, y + dot + 1, DARK);
      fill(working, x - dot, y - dot, x + dot, y + dot, LIGHT);
    }
  }
  const sharp = await loadSharp();
  const { width, height } = working;
  return sharp(working.data, { raw: { width, height, channels: 3 } }).jpeg({ quality: JPEG_QUALITY }).toBuffer();
}

function frame(raster: Raster, left: number, top: number, right: number, bottom: number, line: number, colour: Colour): void {
  fill(raster, left, top, right, top + line, colour);
  fill(raster, left, bottom - line, right, bottom, colour);
  fill(raster, left, top, left + line, bottom, colour);
  fill(raster, right - line, top, right, bottom, colour);
}

/** Fills a rectangle, clipped to the raster. */
function fill({ data, width, height }: Raster, left: number, top: number, right: number, bottom: number, colour: Colour): void {
  const [x0, x1] = [left, right].map((x) => Math.min(width, Math.max(0, Math.round(x))));
  const [y0, y1] = [top, bottom].map((y) => Math.min(height, Math.max(0, Math.round(y))));
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) data.set(colour, 3 * (y * width + x));
  }
}
