import type { onnx } from "onnx-proto";
import { floatTensor } from "./graph.js";
import { floatsOf, type Rewritable } from "./rewrites.js";

/** Weights with 8 bits in blocks: a weight is (number - its block's zero) * its block's scale. Row by row. */
export interface Blocks {
  /** [rows, columns] */
  numbers: Int8Array;
  /** [rows, blocks in a row] */
  scales: Float32Array;
  /** [rows, blocks in a row] */
  zeros: Int8Array;
  rows: number;
  columns: number;
  /** Of a block: so many numbers, one after the other in a row. */
  size: number;
}

/**
 * What a DequantizeLinear with `block_size` along the last axis takes (ONNX opset 21).
 * @param names of the numbers, scales and zeros among the constants
 * @throws Error where rows are not made up of whole blocks
 */
export function blocksOf(constants: Rewritable["constants"], names: readonly string[]): Blocks {
  const [numbers, scales, zeros] = names.map((name) => constants.get(name)!);
  const shape = numbers.dims!.map(Number);
  const columns = shape.pop()!;
  const inRow = Number(scales.dims!.at(-1));
  if (columns % inRow !== 0) throw new Error(`${names[0]}: ${columns} columns are no ${inRow} blocks`);
  const rows = shape.reduce((product, length) => product * length, 1);
  return { numbers: bytesOf(numbers), scales: floatsOf(scales), zeros: bytesOf(zeros), rows, columns, size: columns / inRow };
}

/** The weights in float32, as a constant of that name. */
export function dequantised(constants: Rewritable["constants"], names: readonly string[], name: string): onnx.ITensorProto {
  const { numbers, scales, zeros, size } = blocksOf(constants, names);
  const data = Float32Array.from(numbers, (value, i) => {
    const block = Math.floor(i / size);
    return (value - zeros[block]) * scales[block];
  });
  return { name, ...floatTensor({ shape: constants.get(names[0])!.dims!.map(Number), data }) };
}

/** A constant of whole numbers, such as a shape. */
export function integersOf({ rawData, int64Data }: onnx.ITensorProto): number[] {
  return rawData?.length ? Array.from(new BigInt64Array(Uint8Array.from(rawData).buffer), Number) : (int64Data ?? []).map(Number);
}

function bytesOf({ rawData }: onnx.ITensorProto): Int8Array {
  return new Int8Array(Uint8Array.from(rawData ?? []).buffer);
}
