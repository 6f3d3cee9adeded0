import type { InferenceSession } from "onnxruntime-node";
import { modelPath } from "../../models/manifest.js";

/** Numbers with their shape, outermost dimension first. */
export interface Values {
  data: Float32Array;
  dims: readonly number[];
}

/** A loaded graph with one input. `run` computes on the calling thread and holds it. */
export interface Model {
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

/**
 * Loads one of the models in `models/manifest.json`.
 * @throws Error where the file is missing or onnxruntime cannot read it
 */
export async function loadModel(name: string): Promise<Model> {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const session = await InferenceSession.create(modelPath(name), OPTIONS);
  const [inputName] = session.inputNames;
  return {
    async run({ data, dims }) {
      const outputs = await session.run({ [inputName]: new Tensor("float32", data, dims) });
      return Object.fromEntries(
        Object.entries(outputs).map(([output, tensor]) => [output, { data: tensor.data as Float32Array, dims: tensor.dims }]),
      );
    },
    close: () => session.release(),
  };
}
