import type { FacePool } from "../../src/faces/engine.js";
import { createFacePool, type PoolSettings } from "../../src/faces/pool.js";
import { ORDERS } from "./workers/orders.js";

export const SETTINGS: PoolSettings = {
  engine: "onnx",
  workers: 1,
  maxPixels: 10_000_000,
  options: { details: [], recognition: "single", detectSize: 512, minScore: 0.5, minFace: 0 },
};
export const never = new AbortController().signal;
/** A photo that tells the worker how to misbehave. */
export const order = (name: keyof typeof ORDERS) => Uint8Array.of(ORDERS[name]);

export const opened: FacePool[] = [];
/** A pool of a test's own workers, closed by `closePools`. */
export function pool(settings: Partial<PoolSettings> = {}, worker = "fickle"): FacePool {
  const created = createFacePool({ ...SETTINGS, ...settings }, new URL(`./workers/${worker}.js`, import.meta.url));
  opened.push(created);
  return created;
}

/** For `afterEach` of each file: this module is loaded once for several. */
export async function closePools(): Promise<void> {
  await Promise.all(opened.splice(0).map((one) => one.close()));
}
