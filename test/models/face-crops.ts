import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import sharp from "sharp";
import type { Raster } from "../../src/image/picture.js";
import { FACES } from "../../src/models/calibration-pictures.js";

const PACKAGE = dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json"));

/** Squares around faces in the sample photos of @vladmandic/face-api: straight, tilted, turned, bearded, veiled by hair. */
export { FACES };

export type FaceSquare = (typeof FACES)[number];

/** A whole sample photo, shrunk to fit `size`. */
export async function samplePhoto(sample: number, size: number): Promise<Raster> {
  const { data, info } = await sharp(join(PACKAGE, `demo/sample${sample}.jpg`))
    .resize(size, size, { fit: "inside" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** One face, cut out and scaled to size x size pixels. */
export async function faceCrop({ sample, ...square }: FaceSquare, size: number): Promise<Raster> {
  const { left, top } = square;
  const data = await sharp(join(PACKAGE, `demo/sample${sample}.jpg`))
    .extract({ left, top, width: square.size, height: square.size })
    .resize(size, size)
    .raw()
    .toBuffer();
  return { data, width: size, height: size };
}

/** Rasters of one size as float32 [N, 3, height, width], 0..255. */
export function planes(rasters: readonly Raster[]): { data: Float32Array; dims: number[] } {
  const [{ width, height }] = rasters;
  const area = width * height;
  const data = new Float32Array(rasters.length * 3 * area);
  rasters.forEach((raster, picture) => {
    raster.data.forEach((value, index) => {
      data[(picture * 3 + (index % 3)) * area + Math.floor(index / 3)] = value;
    });
  });
  return { data, dims: [rasters.length, 3, height, width] };
}
