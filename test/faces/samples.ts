import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { decodePicture, WORKING_SIZE } from "../../src/image/decode.js";
import type { Picture } from "../../src/image/picture.js";

const demo = createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json").replace(/package\.json$/, "demo/");

/** How many faces the sample photos that come with face-api have; numbered from 1. */
export const FACES_IN_SAMPLE: Record<number, number> = { 1: 3, 2: 3, 3: 3, 4: 4, 5: 5, 6: 4 };

/** The encoded photo; owns its buffer. */
export function sample(number: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(`${demo}sample${number}.jpg`));
}

export function decode(bytes: Uint8Array): Promise<Picture> {
  return decodePicture(bytes, { maxPixels: 150_000_000, workingSize: WORKING_SIZE });
}

export function distance(a: number[], b: number[]): number {
  return Math.hypot(...a.map((value, i) => value - b[i]));
}
