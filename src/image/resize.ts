import type { Raster } from "./picture.js";
import { loadSharp } from "./sharp.js";

/**
 * Resamples a raster to exactly this size, without aliasing where it shrinks: by a linear kernel then, in half the time of
 * a cubic one, by which detectors see no more. Enlarged by it faces in crowds are missed that a cubic one shows (1 %).
 */
export async function resize(raster: Raster, width: number, height: number): Promise<Raster> {
  if (raster.width === width && raster.height === height) return raster;
  const sharp = await loadSharp();
  const data = await sharp(raster.data, { raw: { width: raster.width, height: raster.height, channels: 3 } })
    .resize({ width, height, fit: "fill", kernel: width < raster.width ? "linear" : "cubic" })
    .raw()
    .toBuffer();
  return { data, width, height };
}
