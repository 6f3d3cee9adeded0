import type { Raster } from "../../image/picture.js";
import type { Model, Values } from "./session.js";

/** The detectors halve their input five times: its sides are multiples of this. */
const GRID = 32;

/** Channels of a raster (0 red, 1 green, 2 blue) in the order of a network's planes. */
export const RGB = [0, 1, 2] as const;
export const BGR = [2, 1, 0] as const;

/** A raster in the model's memory as [1, 3, H, W], 0..255, black on the right and below up to the next multiple of 32. */
export function networkInput(model: Model, { data, width, height }: Raster, channels: readonly [number, number, number]): Values {
  const columns = Math.ceil(width / GRID) * GRID;
  const rows = Math.ceil(height / GRID) * GRID;
  const plane = columns * rows;
  const planes = model.input(3 * plane);
  if (plane > width * height) planes.fill(0);
  const [first, second, third] = channels;
  for (let y = 0, source = 0; y < height; y++) {
    for (let out = y * columns, end = out + width; out < end; out++, source += 3) {
      planes[out] = data[source + first];
      planes[out + plane] = data[source + second];
      planes[out + 2 * plane] = data[source + third];
    }
  }
  return { data: planes, dims: [1, 3, rows, columns] };
}
