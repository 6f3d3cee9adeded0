import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const demo = join(dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")), "demo");

/** The six photos that come with face-api: 22 faces. */
export const SAMPLES = [1, 2, 3, 4, 5, 6].map((number) => join(demo, `sample${number}.jpg`));
