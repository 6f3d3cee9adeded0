import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, parse } from "node:path";
import type { PhotoData } from "../photo.js";

/** Gives a function that writes a copy of a picture with its faces drawn in; pictures of one name get numbers. */
export async function annotatedCopies(folder: string, maxPixels: number): Promise<(data: PhotoData) => Promise<void>> {
  const { annotatePicture } = await import("../image/annotate.js");
  await mkdir(folder, { recursive: true });
  const used = new Map<string, number>();
  return async ({ image, faces }) => {
    const { name } = parse(image.key);
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    await writeFile(join(folder, `${count === 1 ? name : `${name}-${count}`}.jpg`), await annotatePicture(await readFile(image.key), faces, maxPixels));
  };
}
