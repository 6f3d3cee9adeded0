import type { InferenceSession, Tensor } from "onnxruntime-node";
import { noTelemetry } from "../../models/no-telemetry.js";

/** Numbers with their shape, outermost dimension first. */
export interface Values {
  data: Float32Array;
  dims: readonly number[];
}

/**
 * A loaded graph with one input, for one picture at a time: the memory of inputs and outputs is used again, since what
 * is new for each run is garbage that nobody collects in time (a megabyte for each detection).
 */
export interface Model {
  /** Memory for an input of this many numbers. It holds what was left in it. */
  input(length: number): Float32Array;
  /** Computes on the calling thread and holds it. What comes out holds until the next run. */
  run(input: Values): Promise<Record<string, Values>>;
  close(): Promise<void>;
}

/**
 * One thread a session: the pool of workers is the parallelism, and threads below it would only get in its way.
 * The arena (memory kept from run to run) makes a detection a fifth faster and the process smaller than malloc does;
 * patterns of memory use are planned for inputs of one size, which pictures are not.
 */
const OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ["cpu"],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  enableMemPattern: false,
  enableCpuMemArena: true,
  logSeverityLevel: 3,
};

/** @throws Error where the file is missing or onnxruntime cannot read it */
export async function openModel(path: string): Promise<Model> {
  noTelemetry();
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const session = await InferenceSession.create(path, OPTIONS);
  const [inputName] = session.inputNames;
  const memory = new Memory();
  /** The outputs' shapes by the input's: a first run tells. */
  const shapes = new Map<string, Record<string, readonly number[]>>();

  function outputsFor(input: string): Record<string, Tensor> | undefined {
    const known = shapes.get(input);
    return known && mapValues(known, (dims, output) => new Tensor("float32", memory.of(output, sizeOf(dims)), dims));
  }

  return {
    input: (length) => memory.of(inputName, length),
    async run({ data, dims }) {
      const feeds = { [inputName]: new Tensor("float32", data, dims) };
      const key = dims.join();
      const fetches = outputsFor(key);
      const outputs = fetches ? await session.run(feeds, fetches) : await session.run(feeds);
      if (!fetches) shapes.set(key, mapValues(outputs, ({ dims }) => dims));
      return mapValues(outputs, ({ data, dims }) => ({ data: data as Float32Array, dims }));
    },
    close: () => session.release(),
  };
}

/** Memory by name that grows with what is asked of it. */
class Memory {
  readonly #blocks = new Map<string, Float32Array>();

  of(name: string, length: number): Float32Array {
    let block = this.#blocks.get(name);
    if (!block || block.length < length) this.#blocks.set(name, (block = new Float32Array(length)));
    return block.subarray(0, length);
  }
}

function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, change: (value: T, name: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}
