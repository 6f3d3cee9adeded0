import type { Raster } from "../image/picture.js";
import { apply, type Similarity } from "./alignment.js";
import { clip, type Box, type Point } from "./geometry.js";

/** Part of a raster, shrunk by a whole number; its pixel (0, 0) begins at `left`, `top` of the raster. */
interface Tile extends Raster {
  left: number;
  top: number;
  shrink: number;
}

/**
 * Samples a square from a raster, planar as models want it: all red, then green, then blue, 0..255.
 * Shrinks without aliasing (averages whole blocks first, then interpolates linearly); outside the raster all is black.
 * Pixel centres lie at one half.
 * @param placement takes pixels of the square to pixels of the raster
 * @param planes receives 3 · size · size numbers
 */
export function sampleSquare(raster: Raster, placement: Similarity, size: number, planes: Float32Array): void {
  const tile = tileFor(raster, placement, size);
  const { data, width } = tile;
  const { a, b, tx, ty } = scaled(placement, tile);
  const plane = size * size;
  // Between the centres of four pixels; at the edges some of them lie outside.
  const right = width - 1;
  const bottom = tile.height - 1;
  for (let row = 0, out = 0; row < size; row++) {
    let x = a * 0.5 - b * (row + 0.5) + tx - 0.5;
    let y = b * 0.5 + a * (row + 0.5) + ty - 0.5;
    for (let column = 0; column < size; column++, out++, x += a, y += b) {
      if (!(x >= 0 && y >= 0 && x < right && y < bottom)) {
        interpolateAtEdge(tile, x, y, planes, out, plane);
        continue;
      }
      const left = Math.trunc(x);
      const top = Math.trunc(y);
      const u = x - left;
      const v = y - top;
      const se = u * v;
      const sw = v - se;
      const ne = u - se;
      const nw = 1 - u - sw;
      const above = (top * width + left) * 3;
      const below = above + width * 3;
      planes[out] = nw * data[above] + ne * data[above + 3] + sw * data[below] + se * data[below + 3];
      planes[out + plane] = nw * data[above + 1] + ne * data[above + 4] + sw * data[below + 1] + se * data[below + 4];
      planes[out + 2 * plane] = nw * data[above + 2] + ne * data[above + 5] + sw * data[below + 2] + se * data[below + 5];
    }
  }
}

/** The mirror images (left and right swapped) of squares in planar form, into `mirrored`, which may be the same memory. */
export function mirrorSquares(planes: Float32Array, size: number, mirrored: Float32Array): void {
  for (let row = 0; row < planes.length; row += size) {
    for (let left = row, right = row + size - 1; left <= right; left++, right--) {
      const number = planes[left];
      mirrored[left] = planes[right];
      mirrored[right] = number;
    }
  }
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

/** Means of blocks of `shrink` by `shrink` pixels, rounded; what a block at the edge lacks is black. */
function averageBlocks({ data, width: across, height: down }: Raster, { left, top, width, height, shrink }: Omit<Tile, "data">): Uint8Array {
  const means = new Uint8Array(width * height * 3);
  const count = shrink * shrink;
  for (let row = 0, out = 0; row < height; row++) {
    const above = top + row * shrink;
    const below = Math.min(above + shrink, down);
    for (let column = 0; column < width; column++, out += 3) {
      const first = left + column * shrink;
      const pixels = Math.min(shrink, across - first);
      if (pixels === 2 && below - above === 2) {
        // Most faces: without loops twice as fast. The sum of four whole numbers and a half of it: rounded as below.
        const upper = (above * across + first) * 3;
        const lower = upper + across * 3;
        means[out] = (data[upper] + data[upper + 3] + data[lower] + data[lower + 3] + 2) >> 2;
        means[out + 1] = (data[upper + 1] + data[upper + 4] + data[lower + 1] + data[lower + 4] + 2) >> 2;
        means[out + 2] = (data[upper + 2] + data[upper + 5] + data[lower + 2] + data[lower + 5] + 2) >> 2;
        continue;
      }
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let y = above; y < below; y++) {
        for (let source = (y * across + first) * 3, end = source + pixels * 3; source < end; source += 3) {
          red += data[source];
          green += data[source + 1];
          blue += data[source + 2];
        }
      }
      means[out] = red / count + 0.5;
      means[out + 1] = green / count + 0.5;
      means[out + 2] = blue / count + 0.5;
    }
  }
  return means;
}

/** The placement, in pixels of the tile. */
function scaled({ a, b, tx, ty }: Similarity, { left, top, shrink }: Tile): Similarity {
  return { a: a / shrink, b: b / shrink, tx: (tx - left) / shrink, ty: (ty - top) / shrink };
}

/** The same at x, y (0, 0 is the centre of the first pixel) where pixels that lie outside count as black. */
function interpolateAtEdge(tile: Tile, x: number, y: number, planes: Float32Array, out: number, plane: number): void {
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
