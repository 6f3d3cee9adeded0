import { readFileSync } from "node:fs";
import { z } from "zod";
import { inPackage } from "./manifest.js";

export const RANGES_FILE = "models/centerface-ranges.json";

const rangesSchema = z.record(
  z.string(),
  z.strictObject({
    range: z.tuple([z.number(), z.number()]).describe("the smallest and the largest number"),
    channels: z.array(z.number()).optional().describe("the largest number of each channel, where `equalise` needs it"),
  }),
);

/** How far the values inside a graph reach, by their names, as photos made them. */
export type Ranges = z.infer<typeof rangesSchema>;

/** The ranges that `calibrate.ts` measured; they are committed, so that every machine builds the same model. */
export function committedRanges(): Ranges {
  return rangesSchema.parse(JSON.parse(readFileSync(inPackage(RANGES_FILE), "utf8")));
}
