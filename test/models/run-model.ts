import { InferenceSession, Tensor } from "onnxruntime-node";

export interface Input {
  data: Float32Array;
  dims: readonly number[];
}

/** Runs an ONNX file (its path or its bytes) with one thread, as the workers do. */
export async function runModel(file: string | Uint8Array, { data, dims }: Input): Promise<Record<string, Tensor>> {
  // 3: errors only. The file CenterFace comes in makes onnxruntime warn once a weight.
  const options: InferenceSession.SessionOptions = { intraOpNumThreads: 1, logSeverityLevel: 3 };
  const session = await (typeof file === "string" ? InferenceSession.create(file, options) : InferenceSession.create(file, options));
  try {
    return await session.run({ [session.inputNames[0]]: new Tensor("float32", data, dims) });
  } finally {
    await session.release();
  }
}

/** Splits a tensor by its first axis. */
export function rows({ data, dims }: Tensor): Float32Array[] {
  const size = data.length / dims[0];
  return Array.from({ length: dims[0] }, (_, row) => (data as Float32Array).slice(row * size, (row + 1) * size));
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index])), 0);
}
