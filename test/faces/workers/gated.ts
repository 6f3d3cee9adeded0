import { existsSync } from "node:fs";
import type { Reply } from "../../../src/faces/worker.js";

/** Where the environment variable says a file is: its models can be loaded only while it is there; `exit` ends it while it loads. */
const gate = process.env.GATED_WORKER!;

export function load(): Reply<void> {
  if (existsSync(`${gate}.exit`)) process.exit(6);
  return existsSync(gate) ? { value: undefined } : { defect: "Error: the model file has gone" };
}

export function analyze(): never {
  process.exit(7);
}
