import { readFileSync } from "node:fs";
import { z } from "zod";
import { inPackage } from "./manifest.js";

/** The models that are computed with integers, by the float32 ones that ranges were measured of. */
export type Calibrated = "centerface" | "descriptor";

/** Counted from the package's root. */
export const rangesFile = (model: Calibrated) => `models/${model}-ranges.json`;

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
export function committedRanges(model: Calibrated): Ranges {
  return rangesSchema.parse(JSON.parse(readFileSync(inPackage(rangesFile(model)), "utf8")));
}

/** What `quantize` asks for. @throws Error where no range of a value is known */
export function rangeIn(ranges: Ranges): (value: string) => Ranges[string]["range"] {
  return (value) => {
    if (!ranges[value]) throw new Error(`no range is known of the value ${value}`);
    return ranges[value].range;
  };
}

/** A float32 model whose outputs are the values inside that have to have a range. */
export interface Inside {
  model: Uint8Array;
  /** Its input's name. */
  input: string;
  values: string[];
  /** Those of them whose channels are equalised. */
  equalised: string[];
}
