import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.js";
import type { Face } from "../faces/face.js";
import { loadSharp } from "../image/sharp.js";
import { analysePictures } from "./analyse.js";

/** Made up: who is in the sample photos does not matter here. */
const NAMES = ["Ann", "Bob", "王芳"];
/** Of the box's longer side, left around a face. */
const MARGIN = 0.35;
const JPEG_QUALITY = 92;

/** Cuts the three largest faces out of a photo, as `<folder>/<name>/crop.jpg`. */
export async function writeCrops(photo: string, folder: string, config: Config): Promise<number> {
  const faces: Face[] = [];
  await analysePictures([photo], { ...config, gallery: undefined }, (data) => void ("faces" in data && faces.push(...data.faces)));
  const sharp = await loadSharp();
  const picture = await readFile(photo);
  const { width = 0, height = 0 } = await sharp(picture).metadata();
  for (const [i, name] of NAMES.entries()) {
    await mkdir(join(folder, name), { recursive: true });
    await sharp(picture).extract(around(faces[i].box, width, height)).jpeg({ quality: JPEG_QUALITY }).toFile(join(folder, name, "crop.jpg"));
  }
  return NAMES.length;
}

function around({ x, y, width, height }: Face["box"], pictureWidth: number, pictureHeight: number) {
  const margin = MARGIN * Math.max(width, height);
  const [left, top] = [x - margin, y - margin].map((edge) => Math.max(0, Math.round(edge)));
  const right = Math.min(pictureWidth, Math.round(x + width + margin));
  const bottom = Math.min(pictureHeight, Math.round(y + height + margin));
  return { left, top, width: right - left, height: bottom - top };
}
