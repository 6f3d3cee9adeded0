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

const quantization = z.discriminatedUnion("dtype", [
  z.object({ dtype: z.literal("uint8"), scale: z.number(), min: z.number() }),
  z.object({ dtype: z.literal("float16") }),
]);

/** A TensorFlow.js `weights_manifest.json`, as far as the files in use go. */
const weightsManifest = z.array(
  z.object({
    paths: z.array(z.string()).min(1),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.number().int().positive()),
        dtype: z.enum(["float32", "int32"]),
        quantization: quantization.optional(),
      }),
    ),
  }),
);

/** A graph model's file holds the same beside the graph. */
const manifestFile = z.union([weightsManifest, z.object({ weightsManifest }).transform((model) => model.weightsManifest)]);

type Entry = z.infer<typeof weightsManifest>[number]["weights"][number];

/**
 * Reads the weights of one network in TensorFlow.js' format: a manifest, and beside it binary files that hold the
 * values one tensor after the other, little-endian float32 or int32 or, quantised, float16 or one byte each.
 * @throws Error where the binary files hold more or fewer bytes than the manifest describes
 */
export function readWeights(manifestPath: string): Weights {
  const groups = manifestFile.parse(JSON.parse(readFileSync(manifestPath, "utf8")));
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
const WIDTHS = { float32: 4, int32: 4, uint8: 1, float16: 2 } as const;

function byteLength({ shape, dtype, quantization }: Entry): number {
  return shape.reduce((product, size) => product * size, WIDTHS[quantization?.dtype ?? dtype]);
}

function decode(bytes: Buffer, { dtype, quantization }: Entry): Float32Array {
  const read = (width: number, value: (at: number) => number) => Float32Array.from({ length: bytes.length / width }, (_, index) => value(index * width));
  switch (quantization?.dtype) {
    case "uint8": // Rounded to float32 once, after the sum, as TensorFlow.js does.
      return Float32Array.from(bytes, (level) => level * quantization.scale + quantization.min);
    case "float16":
      return read(2, (at) => fromHalf(bytes.readUInt16LE(at)));
    default:
      return read(4, (at) => (dtype === "int32" ? bytes.readInt32LE(at) : bytes.readFloatLE(at)));
  }
}

/** IEEE 754 binary16: a sign, five bits of exponent (bias 15), ten of fraction. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
