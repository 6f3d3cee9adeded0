import type { Raster } from "../image/picture.js";
import { squareOf, type Box } from "./geometry.js";
import type { Pose } from "./pose.js";
import { shareOf } from "./result.js";
import { sampleSquare } from "./sampling.js";

/** Side of a box in pixels: below the first a face cannot be told from another, from the second on size costs nothing. */
const TOO_SMALL = 16;
const LARGE_ENOUGH = 112;

/** Side of the square that sharpness is measured on. */
const PROBE = 64;
/** Detail that counts as half sharp, see `sharpness`: set by hand, not calibrated, as are the sizes above. */
const HALF_SHARP = 0.1;

/**
 * How fit a face is for recognition, 0..1 to 0.01: the product of three shares.
 * - size: 0 at 16 pixels, 1 from 112 pixels on, linear between them (longer side of the box);
 * - sharpness: how much of the face's contrast is fine detail;
 * - pose: cos(yaw) · cos(pitch); roll costs nothing, as faces are turned upright before they are described.
 * @param box in pixels of the raster
 */
export function qualityOf(raster: Raster, box: Box, { yaw, pitch }: Pose): number {
  const side = Math.max(box.width, box.height);
  const size = Math.min(1, (side - TOO_SMALL) / (LARGE_ENOUGH - TOO_SMALL));
  const frontal = Math.max(0, cosine(yaw)) * Math.max(0, cosine(pitch));
  return shareOf(size * sharpness(raster, box) * frontal, 2);
}

/**
 * Variance of the Laplacian of the face's lightness over the variance of the lightness itself, which makes it
 * independent of exposure; d / (d + HALF_SHARP) brings it to 0..1.
 * Source of the measure: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", 2000.
 */
function sharpness(raster: Raster, box: Box): number {
  const { x, y, width } = squareOf(box);
  const planes = new Float32Array(3 * PROBE * PROBE);
  sampleSquare(raster, { a: width / PROBE, b: 0, tx: x, ty: y }, PROBE, planes);
  const light = Float32Array.from({ length: PROBE * PROBE }, (_, i) => planes[i] + planes[i + PROBE * PROBE] + planes[i + 2 * PROBE * PROBE]);
  const inner: number[] = [];
  const laplacian: number[] = [];
  for (let row = 1; row < PROBE - 1; row++) {
    for (let i = row * PROBE + 1; i < (row + 1) * PROBE - 1; i++) {
      inner.push(light[i]);
      laplacian.push(light[i - 1] + light[i + 1] + light[i - PROBE] + light[i + PROBE] - 4 * light[i]);
    }
  }
  const contrast = variance(inner);
  if (contrast === 0) return 0;
  const detail = variance(laplacian) / contrast;
  return detail / (detail + HALF_SHARP);
}

function variance(values: number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

function cosine(degrees: number): number {
  return Math.cos((degrees * Math.PI) / 180);
}
