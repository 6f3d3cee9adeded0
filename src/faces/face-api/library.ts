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

interface Build {
  backend: Backend;
  file: string;
  needs: string;
}

/** face-api's builds by what they need, the faster one first. */
const BUILDS: Build[] = [
  { backend: "tensorflow", file: "face-api.node.js", needs: "@tensorflow/tfjs-node" },
  { backend: "wasm", file: "face-api.node-wasm.js", needs: "@tensorflow/tfjs and @tensorflow/tfjs-backend-wasm" },
];

/** What is loaded, or being loaded; what failed is tried again by the next call. */
const loading = new Map<Backend, Promise<Library>>();

/**
 * The library on tfjs-node where that works, else on tfjs' wasm backend (about half as fast, nothing native). Each
 * is loaded once a thread.
 * @param backends which of them may be taken
 * @throws MissingPart where none of those is installed; its `cause` says why each failed
 */
export async function loadLibrary(backends: readonly Backend[] = BUILDS.map(({ backend }) => backend)): Promise<Library> {
  const allowed = BUILDS.filter(({ backend }) => backends.includes(backend));
  const failures: unknown[] = [];
  for (const build of allowed) {
    try {
      return await loadOnce(build);
    } catch (error) {
      failures.push(error);
    }
  }
  const needs = allowed.map(({ needs }) => needs).join(", or ");
  throw new MissingPart(`the engine face-api needs ${needs}, installed beside it`, { cause: new AggregateError(failures) });
}

function loadOnce(build: Build): Promise<Library> {
  const known = loading.get(build.backend);
  if (known) return known;
  const library = load(build);
  loading.set(build.backend, library);
  library.catch(() => loading.delete(build.backend));
  return library;
}

async function load({ backend, file }: Build): Promise<Library> {
  const faceapi = createRequire(import.meta.url)(`@vladmandic/face-api/dist/${file}`) as typeof FaceApi;
  const tf = faceapi.tf as unknown as TensorFlow;
  await start(tf, backend);
  return { faceapi, tf, backend };
}

/** Computes something small: tfjs-node loads on Node 23 and later, but fails there when it makes its first tensor. */
async function start(tf: TensorFlow, backend: Backend): Promise<void> {
  await tf.setBackend(backend);
  await tf.ready();
  tf.tidy(() => tf.tensor1d([3]).square().dataSync());
}
