import { createRequire } from "node:module";
import type * as FaceApi from "@vladmandic/face-api";
import { MissingPart } from "../../errors.js";

/** What TensorFlow.js computes with: its native library, or WebAssembly. */
export type Backend = "tensorflow" | "wasm";

export interface Library {
  faceapi: typeof FaceApi;
  tf: TensorFlow;
  backend: Backend;
}

/** What we use of TensorFlow.js beyond what face-api's own types declare of it. */
export interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  memory(): { numTensors: number };
  tidy<T>(work: () => T): T;
  tensor1d(values: number[]): { square(): { dataSync(): Float32Array } };
}

/** face-api's builds by what they need, the faster one first. */
const BUILDS: { backend: Backend; file: string; needs: string }[] = [
  { backend: "tensorflow", file: "face-api.node.js", needs: "@tensorflow/tfjs-node" },
  { backend: "wasm", file: "face-api.node-wasm.js", needs: "@tensorflow/tfjs and @tensorflow/tfjs-backend-wasm" },
];

let loading: Promise<Library> | undefined;

/**
 * The library on tfjs-node where that works, else on tfjs' wasm backend (about half as fast, nothing native). Loaded
 * once a thread.
 * @param backends which of them may be taken
 * @throws MissingPart where none is installed; its `cause` says why each failed
 */
export function loadLibrary(backends: readonly Backend[] = BUILDS.map(({ backend }) => backend)): Promise<Library> {
  return (loading ??= load(backends));
}

async function load(backends: readonly Backend[]): Promise<Library> {
  const require = createRequire(import.meta.url);
  const failures: unknown[] = [];
  for (const { backend, file } of BUILDS.filter(({ backend }) => backends.includes(backend))) {
    try {
      const faceapi = require(`@vladmandic/face-api/dist/${file}`) as typeof FaceApi;
      const tf = faceapi.tf as unknown as TensorFlow;
      await start(tf, backend);
      return { faceapi, tf, backend };
    } catch (error) {
      failures.push(error);
    }
  }
  const needs = BUILDS.map(({ needs }) => needs).join(", or ");
  throw new MissingPart(`the engine face-api needs ${needs}, installed beside it`, { cause: new AggregateError(failures) });
}

/** Computes something small: tfjs-node loads on Node 23 and later, but fails there when it makes its first tensor. */
async function start(tf: TensorFlow, backend: Backend): Promise<void> {
  await tf.setBackend(backend);
  await tf.ready();
  tf.tidy(() => tf.tensor1d([3]).square().dataSync());
}
