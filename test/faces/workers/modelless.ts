import type { Reply } from "../../../src/faces/worker.js";

/** A worker whose models cannot be loaded. */
export function load(): Reply<void> {
  return { defect: "Error: models/built/centerface.onnx is damaged" };
}

export function analyze(): Reply<never> {
  return { defect: "Error: models/built/centerface.onnx is damaged" };
}
