import type { Raster } from "./picture.js";

/** A part of a raster, copied; `left`, `top`, `width` and `height` are whole numbers inside it. */
export function crop(raster: Raster, left: number, top: number, width: number, height: number): Raster {
  if (width === raster.width && height === raster.height) return raster;
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * raster.width + left) * 3;
    data.set(raster.data.subarray(start, start + width * 3), row * width * 3);
  }
  return { data, width, height };
}
