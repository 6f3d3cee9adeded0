import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, parse } from "node:path";
import type { PhotoData } from "../photo.js";

/** Gives a function that writes a copy of a picture with its faces drawn in, and says where. Nothing is overwritten: names get numbers. */
export async function annotatedCopies(folder: string, maxPixels: number): Promise<(data: PhotoData) => Promise<string>> {
  const { annotatePicture } = await import("../image/annotate.js");
  await mkdir(folder, { recursive: true });
  return async ({ image, faces }) => {
    const copy = await annotatePicture(await readFile(image.key), faces, maxPixels);
    const { name } = parse(image.key);
    for (let number = 1; ; number++) {
      const path = join(folder, `${name}${number === 1 ? "" : `-${number}`}.jpg`);
      if (await writeNew(path, copy)) return path;
    }
  };
}

/** False where there is a file of that name. */
async function writeNew(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await writeFile(path, bytes, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
