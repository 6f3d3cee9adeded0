import { workerData } from "node:worker_threads";
import { Failure, MissingPart } from "../errors.js";
import { decodePicture, WORKING_SIZE } from "../image/decode.js";
import type { DecodeOptions } from "../image/decode-options.js";
import type { Analysis, EngineName, FaceEngine, FaceOptions } from "./engine.js";
import { createEngine } from "./engines.js";
import type { ModelPaths } from "./onnx/engine.js";
import { type SharedState, withinEngine } from "./thread-state.js";
import { alone, inTurn, working } from "./thread-turns.js";

/** What a pool tells its workers when it starts them. */
export interface WorkerSettings {
  engine: EngineName;
  options: FaceOptions;
  maxPixels: number;
  /** The most that one picture may take while it is decoded, bytes; any where absent. */
  pictureMemory?: number;
  /** Where the models are. */
  paths: ModelPaths;
  state: SharedState;
}

/** A worker's answer. Errors cross threads as data: a rejected task can only mean that the worker itself ended. */
export type Reply<T> = { value: T } | { failure: { name: string; message: string } } | { missing: string } | { defect: string };

const { engine: engineName, options, paths, maxPixels, pictureMemory, state } = workerData as WorkerSettings;
/** The share of a photo's time that decoding may take, below which the pool does not take the thread for one that hangs. */
const DECODING = 2 / 3;

const limits: DecodeOptions = {
  maxPixels,
  maxMemory: pictureMemory,
  maxSeconds: (state.hang / 1000) * DECODING,
  workingSize: WORKING_SIZE,
  large: (work) => inTurn(state, work),
  alone: (work) => alone(state, work),
};

let engine: FaceEngine | undefined;

/** Settles once the models are loaded; a pool calls it once, before anything else. */
export function load(): Promise<Reply<void>> {
  return reply(async () => {
    engine = await withinEngine(state, () => createEngine(engineName, options, paths));
  });
}

/** Decodes an encoded picture and finds its faces. */
export async function analyze(bytes: Uint8Array): Promise<Reply<Analysis>> {
  const answer = await reply(() => working(state, () => found(bytes)));
  // The pixels go now, for 0.4 ms: HEAP_FLAGS of `thread.ts` says why.
  globalThis.gc?.({ type: "minor" });
  return answer;
}

async function found(bytes: Uint8Array): Promise<Analysis> {
  const models = engine;
  if (!models) throw new Error("the models are not loaded");
  const start = performance.now();
  const picture = await decodePicture(bytes, limits);
  const decoded = performance.now();
  const faces = await withinEngine(state, () => models.find(picture));
  const timings = { decode: milliseconds(decoded - start), detect: milliseconds(performance.now() - decoded) };
  return { picture: picture.info, faces, timings };
}

async function reply<T>(work: () => Promise<T>): Promise<Reply<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof Failure) return { failure: { name: error.name, message: error.message } };
    if (error instanceof MissingPart) return { missing: error.message };
    return { defect: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function milliseconds(time: number): number {
  return Math.round(time * 10) / 10;
}
