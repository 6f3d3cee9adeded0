import { readFileSync } from "node:fs";
import { z } from "zod";
import { inPackage } from "./manifest.js";

const file = z.strictObject({ origin: z.string(), mean: z.array(z.number()).length(1024) });

let cached: readonly number[] | undefined;

/** The mean of many people's `faceres` descriptors of unit length, 1,024 numbers; read once. */
export function faceresMean(): readonly number[] {
  cached ??= file.parse(JSON.parse(readFileSync(inPackage("models/faceres-mean.json"), "utf8"))).mean;
  return cached;
}
