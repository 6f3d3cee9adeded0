import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { MissingPart } from "./errors.js";

/**
 * The six sample photos that come with @vladmandic/face-api; they show 3, 3, 3, 4, 5 and 4 faces.
 * @throws MissingPart where the package was left out, as in the image
 */
export function samplePhotos(): string[] {
  try {
    const demo = join(dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")), "demo");
    return [1, 2, 3, 4, 5, 6].map((number) => join(demo, `sample${number}.jpg`));
  } catch (cause) {
    throw new MissingPart("The sample photos come with the npm package @vladmandic/face-api, which this install lacks: try a checkout.", { cause });
  }
}
