import { workerData } from "node:worker_threads";
import { Failure, MissingPart } from "../errors.js";
import { decodePicture, WORKING_SIZE } from "../image/decode.js";
import type { Analysis, EngineName, FaceEngine, FaceOptions } from "./engine.js";
import { createEngine } from "./engines.js";
import type { ModelPaths } from "./onnx/engine.js";

/** What a pool tells its workers when it starts them. */
export interface WorkerSettings {
  engine: EngineName;
  options: FaceOptions;
  maxPixels: number;
  /** Where the models are. */
  paths: ModelPaths;
}

/** A worker's answer. Errors cross threads as data: a rejected task can only mean that the worker itself ended. */
export type Reply<T> = { value: T } | { failure: { code: string; message: string } } | { missing: string } | { defect: string };

const settings = workerData as WorkerSettings;

let engine: Promise<FaceEngine> | undefined;
// A worker that replaces a crashed one begins to load at once, not when its first photo comes.
loadEngine().catch(() => {});

/** Settles once the models are loaded. */
export function load(): Promise<Reply<void>> {
  return reply(async () => {
    await loadEngine();
  });
}

/** Decodes an encoded picture and finds its faces. */
export function analyze(bytes: Uint8Array): Promise<Reply<Analysis>> {
  return reply(async () => {
    const faces = await loadEngine();
    const start = performance.now();
    const picture = await decodePicture(bytes, { maxPixels: settings.maxPixels, workingSize: WORKING_SIZE });
    const decoded = performance.now();
    const found = await faces.find(picture);
    const timings = { decode: milliseconds(decoded - start), detect: milliseconds(performance.now() - decoded) };
    return { picture: picture.info, faces: found, timings };
  });
}

/** Loads the models once; after a failure the next call tries again. */
function loadEngine(): Promise<FaceEngine> {
  engine ??= createEngine(settings.engine, settings.options, settings.paths).catch((error: unknown) => {
    engine = undefined;
    throw error;
  });
  return engine;
}

async function reply<T>(work: () => Promise<T>): Promise<Reply<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof Failure) return { failure: { code: error.code, message: error.message } };
    if (error instanceof MissingPart) return { missing: error.message };
    return { defect: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function milliseconds(time: number): number {
  return Math.round(time * 10) / 10;
}
