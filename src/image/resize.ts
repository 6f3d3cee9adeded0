import type { Raster } from "./picture.js";
import { loadSharp } from "./sharp.js";

/** Resamples a raster to exactly this size (cubic, without aliasing where it shrinks): detectors see no more by Lanczos. */
export async function resize(raster: Raster, width: number, height: number): Promise<Raster> {
  if (raster.width === width && raster.height === height) return raster;
  const sharp = await loadSharp();
  const data = await sharp(raster.data, { raw: { width: raster.width, height: raster.height, channels: 3 } })
    .resize({ width, height, fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
  return { data, width, height };
}
