import type { Raster } from "../image/picture.js";
import { apply, type Similarity } from "./alignment.js";
import { clip, type Box, type Point } from "./geometry.js";

/** Part of a raster, shrunk by a whole number; its pixel (0, 0) begins at `left`, `top` of the raster. */
interface Tile {
  data: ArrayLike<number>;
  width: number;
  height: number;
  left: number;
  top: number;
  shrink: number;
}

/**
 * Samples a square from a raster, planar as models want it: all red, then green, then blue, 0..255.
 * Shrinks without aliasing (averages whole blocks first, then interpolates linearly); outside the raster all is black.
 * Pixel centres lie at one half.
 * @param placement takes pixels of the square to pixels of the raster
 * @param planes receives 3 · size · size numbers from index `at` on
 */
export function sampleSquare(raster: Raster, placement: Similarity, size: number, planes: Float32Array, at = 0): void {
  const tile = tileFor(raster, placement, size);
  const { a, b, tx, ty } = scaled(placement, tile);
  for (let row = 0, out = at; row < size; row++) {
    for (let column = 0; column < size; column++, out++) {
      const x = a * (column + 0.5) - b * (row + 0.5) + tx - 0.5;
      const y = b * (column + 0.5) + a * (row + 0.5) + ty - 0.5;
      interpolate(tile, x, y, planes, out, size * size);
    }
  }
}

/** The mirror image (left and right swapped) of a square in planar form. */
export function mirrorSquare(planes: Float32Array, size: number): Float32Array {
  const mirrored = planes.slice();
  for (let row = 0; row < planes.length; row += size) mirrored.subarray(row, row + size).reverse();
  return mirrored;
}

/** The raster itself where the square is about as fine; else the part the square needs, shrunk to about its scale. */
function tileFor(raster: Raster, placement: Similarity, size: number): Tile {
  const shrink = Math.max(1, Math.round(Math.hypot(placement.a, placement.b)));
  if (shrink === 1) return { ...raster, left: 0, top: 0, shrink };
  const { x, y, width, height } = clip(bounds(placement, size, shrink), raster.width, raster.height);
  const tile = { left: Math.floor(x), top: Math.floor(y), shrink, width: Math.ceil(width / shrink), height: Math.ceil(height / shrink) };
  return { ...tile, data: averageBlocks(raster, tile) };
}

/** What the square covers in the raster, and `margin` pixels around it for the interpolation. */
function bounds(placement: Similarity, size: number, margin: number): Box {
  const corners = ([[0, 0], [size, 0], [0, size], [size, size]] as Point[]).map((corner) => apply(placement, corner));
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const x = Math.min(...xs) - margin;
  const y = Math.min(...ys) - margin;
  return { x, y, width: Math.max(...xs) + margin - x, height: Math.max(...ys) + margin - y };
}

/** Means of blocks of `shrink` by `shrink` pixels; what a block at the edge lacks is black. */
function averageBlocks(raster: Raster, { left, top, width, height, shrink }: Omit<Tile, "data">): Float32Array {
  const means = new Float32Array(width * height * 3);
  const right = Math.min(left + width * shrink, raster.width);
  const bottom = Math.min(top + height * shrink, raster.height);
  for (let y = top; y < bottom; y++) {
    const row = Math.floor((y - top) / shrink) * width * 3;
    let source = (y * raster.width + left) * 3;
    for (let x = left, out = row; x < right; out += 3) {
      for (const end = Math.min(x + shrink, right); x < end; x++, source += 3) {
        means[out] += raster.data[source];
        means[out + 1] += raster.data[source + 1];
        means[out + 2] += raster.data[source + 2];
      }
    }
  }
  for (let i = 0; i < means.length; i++) means[i] /= shrink * shrink;
  return means;
}

/** The placement, in pixels of the tile. */
function scaled({ a, b, tx, ty }: Similarity, { left, top, shrink }: Tile): Similarity {
  return { a: a / shrink, b: b / shrink, tx: (tx - left) / shrink, ty: (ty - top) / shrink };
}

/** Bilinear interpolation of the three channels at x, y (0, 0 is the centre of the first pixel). */
function interpolate(tile: Tile, x: number, y: number, planes: Float32Array, out: number, plane: number): void {
  const { data, width, height } = tile;
  const left = Math.floor(x);
  const top = Math.floor(y);
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let v = top; v <= top + 1; v++) {
    if (v < 0 || v >= height) continue;
    const rowWeight = 1 - Math.abs(y - v);
    for (let u = left; u <= left + 1; u++) {
      if (u < 0 || u >= width) continue;
      const weight = rowWeight * (1 - Math.abs(x - u));
      const source = (v * width + u) * 3;
      red += weight * data[source];
      green += weight * data[source + 1];
      blue += weight * data[source + 2];
    }
  }
  planes[out] = red;
  planes[out + plane] = green;
  planes[out + 2 * plane] = blue;
}
