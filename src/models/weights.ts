import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

/** Values in row-major order. */
export interface Tensor {
  shape: readonly number[];
  data: Float32Array;
}

/** The named weights of one network. */
export type Weights = ReadonlyMap<string, Tensor>;

const quantization = z.object({ dtype: z.literal("uint8"), scale: z.number(), min: z.number() });

/** A TensorFlow.js `weights_manifest.json`, as far as the files in use go. */
const weightsManifest = z.array(
  z.object({
    paths: z.array(z.string()).min(1),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.number().int().positive()),
        dtype: z.literal("float32"),
        quantization: quantization.optional(),
      }),
    ),
  }),
);

type Entry = z.infer<typeof weightsManifest>[number]["weights"][number];

/**
 * Reads the weights of one network in TensorFlow.js' format: a manifest, and beside it binary files that hold the
 * values one tensor after the other, little-endian float32 or, quantised, one byte each.
 * @throws Error where the binary files hold more or fewer bytes than the manifest describes
 */
export function readWeights(manifestPath: string): Weights {
  const groups = weightsManifest.parse(JSON.parse(readFileSync(manifestPath, "utf8")));
  const weights = new Map<string, Tensor>();
  for (const group of groups) {
    const bytes = Buffer.concat(group.paths.map((path) => readFileSync(join(dirname(manifestPath), path))));
    let offset = 0;
    for (const entry of group.weights) {
      const end = offset + byteLength(entry);
      if (end > bytes.length) {
        throw new Error(`${manifestPath}: ${entry.name} ends at byte ${end}, but ${group.paths.join(" + ")} has ${bytes.length}`);
      }
      weights.set(entry.name, { shape: entry.shape, data: decode(bytes.subarray(offset, end), entry) });
      offset = end;
    }
    if (offset !== bytes.length) {
      throw new Error(`${manifestPath}: describes ${offset} bytes, but ${group.paths.join(" + ")} has ${bytes.length}`);
    }
  }
  return weights;
}

/** The tensor of that name. @throws Error where the network has none */
export function weight(weights: Weights, name: string): Tensor {
  const tensor = weights.get(name);
  if (!tensor) throw new Error(`no weight is named ${name}`);
  return tensor;
}

/** Bytes of one value. */
const WIDTHS = { float32: 4, uint8: 1 } as const;

function byteLength({ shape, dtype, quantization }: Entry): number {
  return shape.reduce((product, size) => product * size, WIDTHS[quantization?.dtype ?? dtype]);
}

function decode(bytes: Buffer, { quantization }: Entry): Float32Array {
  // Rounded to float32 once, after the sum, as TensorFlow.js does.
  if (quantization) return Float32Array.from(bytes, (level) => level * quantization.scale + quantization.min);
  return Float32Array.from({ length: bytes.length / WIDTHS.float32 }, (_, index) => bytes.readFloatLE(index * WIDTHS.float32));
}
