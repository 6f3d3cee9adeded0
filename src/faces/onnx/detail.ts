import type { Raster } from "../../image/picture.js";
import type { Box, Point } from "../geometry.js";

/** Samples taken of each cell, across and down. */
const SAMPLES = 16;

/**
 * Where a part of a picture shows most detail: centres of the `count` cells of about this side in which neighbouring
 * samples of green differ most.
 */
export function mostDetailed({ data, width, height }: Raster, part: Box, side: number, count: number): Point[] {
  const step = Math.max(1, Math.floor(side / SAMPLES));
  const cells: { at: Point; detail: number }[] = [];
  const green = (x: number, y: number) => data[(Math.min(y, height - 1) * width + Math.min(x, width - 1)) * 3 + 1];
  for (let top = Math.floor(part.y); top < part.y + part.height; top += step * SAMPLES) {
    for (let left = Math.floor(part.x); left < part.x + part.width; left += step * SAMPLES) {
      let detail = 0;
      for (let y = top; y < top + step * SAMPLES; y += step) {
        for (let x = left; x < left + step * SAMPLES; x += step) {
          const here = green(x, y);
          detail += Math.abs(here - green(x + step, y)) + Math.abs(here - green(x, y + step));
        }
      }
      cells.push({ at: [left + (step * SAMPLES) / 2, top + (step * SAMPLES) / 2], detail });
    }
  }
  return cells.sort((a, b) => b.detail - a.detail).slice(0, count).map(({ at }) => at);
}
