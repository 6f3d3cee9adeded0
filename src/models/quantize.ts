import type { onnx } from "onnx-proto";
import { floatTensor, integerTensor } from "./graph.js";
import { addConstant, readConv, type Rewritable, usesOf } from "./rewrites.js";

/** The smallest and the largest number that a value takes on, by the value's name. */
export type RangeOf = (value: string) => readonly [number, number];

/** Values are 0..255. */
const LEVELS = 255;
/**
 * Weights are -64..64: processors without VNNI add two products of a value and a weight in 16 bits, where those of
 * larger weights would be cut off (2 * 255 * 64 < 2^15).
 */
const MOST_WEIGHT = 64;

/** A value with 8 bits: `number * scale` is what it was, less the zero's number. */
interface Quantised {
  /** Names of the numbers, their scale and the zero's number: what operators take. */
  names: [string, string, string];
  scale: number;
}

/**
 * Computes convolutions and additions with integers: values have 8 bits and one scale each, weights 7 bits and a scale
 * for each output channel (Jacob et al., "Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference", 2018). A ReLU after a convolution costs nothing: its range begins at 0.
 * @throws Error where a value's range is 0 alone: no scale tells its numbers apart
 * @param inFloat what is computed in float32 as before, besides what operators other than those put out
 */
export function quantize(graph: Rewritable, rangeOf: RangeOf, inFloat: readonly string[]): void {
  const integer = new IntegerNodes(graph, rangeOf);
  for (const node of graph.nodes) {
    const value = outcome(graph, node);
    if (integer.has(value)) continue; // a ReLU that is part of the convolution before it
    const isFloat = inFloat.includes(value) || !["Conv", "Add"].includes(node.opType!);
    if (isFloat) integer.keep(node);
    else if (node.opType === "Conv") integer.conv(node, value);
    else integer.add(node, value);
  }
  graph.nodes = integer.nodes;
}

/** The values that have to have a range. */
export function valuesToMeasure(graph: Rewritable, inFloat: readonly string[]): string[] {
  const values: string[] = [];
  const rangeOf: RangeOf = (value) => {
    values.push(value);
    return [0, 1];
  };
  quantize({ ...graph, constants: new Map(graph.constants) }, rangeOf, inFloat);
  return values;
}

/** What a node puts out; with the ReLU that is the only user of a convolution's. */
function outcome(graph: Rewritable, { opType, output }: onnx.INodeProto): string {
  const value = output![0];
  const relu = graph.nodes.find((user) => user.opType === "Relu" && user.input![0] === value);
  return opType === "Conv" && relu && usesOf(graph, value) === 1 ? relu.output![0] : value;
}

/**
 * Rounds a filter's weights so that their sum is right, too: those that lie nearest to the middle go the other way.
 * What a convolution sees is seldom negative, so errors of one sign would add up and move faces' sizes and scores.
 */
function roundTogether(weights: number[]): number[] {
  const rounded = weights.map(Math.round);
  const errors = rounded.map((number, i) => weights[i] - number);
  const missing = Math.round(errors.reduce((sum, error) => sum + error, 0));
  const step = Math.sign(missing);
  const nearest = [...errors.keys()].sort((a, b) => step * (errors[b] - errors[a]));
  for (const i of nearest.slice(0, Math.abs(missing))) rounded[i] += step;
  return rounded;
}

/** The new nodes of a graph. A value is turned into the form that its first user needs; others take that one. */
class IntegerNodes {
  readonly nodes: onnx.INodeProto[] = [];
  readonly #quantised = new Map<string, Quantised>();
  /** Values that there are in float32. */
  readonly #floats = new Set<string>();

  constructor(
    readonly graph: Rewritable,
    readonly rangeOf: RangeOf,
  ) {}

  has(value: string): boolean {
    return this.#quantised.has(value);
  }

  keep(node: onnx.INodeProto): void {
    for (const value of node.input!) {
      const known = this.#quantised.get(value);
      if (!known || this.#floats.has(value)) continue;
      this.nodes.push({ opType: "DequantizeLinear", input: known.names, output: [value] });
      this.#floats.add(value);
    }
    this.nodes.push(node);
    node.output!.forEach((value) => this.#floats.add(value));
  }

  conv(node: onnx.INodeProto, value: string): void {
    const x = this.#of(node.input![0]);
    const y = this.#declare(value);
    const { outputs, weights, shape, bias } = readConv(this.graph, node);
    const size = weights.length / outputs;
    const numbers = new Int8Array(weights.length);
    const scales = Float32Array.from({ length: outputs }, (_, channel) => {
      const filter = weights.subarray(channel * size, (channel + 1) * size);
      const scale = Math.fround(filter.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / MOST_WEIGHT) || 1;
      numbers.set(roundTogether(Array.from(filter, (weight) => weight / scale)), channel * size);
      return scale;
    });
    const name = node.output![0];
    const constants = [
      this.#constant(`${name}_weights`, integerTensor({ shape, data: numbers })),
      this.#constant(`${name}_weights_scale`, floatTensor({ shape: [outputs], data: scales })),
      this.#constant(`${name}_weights_zero`, integerTensor({ shape: [outputs], data: new Int8Array(outputs) })),
    ];
    const offsets = Int32Array.from(bias, (offset, channel) => Math.round(offset / (x.scale * scales[channel])));
    const offset = this.#constant(`${name}_bias`, integerTensor({ shape: [outputs], data: offsets }));
    this.nodes.push({ ...node, opType: "QLinearConv", input: [...x.names, ...constants, y.names[1], y.names[2], offset], output: [y.names[0]] });
  }

  /** The operator is onnxruntime's own: ONNX has none that adds such values. */
  add(node: onnx.INodeProto, value: string): void {
    const terms = node.input!.map((term) => this.#of(term).names);
    const [output, ...numbers] = this.#declare(value).names;
    this.nodes.push({ opType: "QLinearAdd", domain: "com.microsoft", input: [...terms.flat(), ...numbers], output: [output] });
  }

  #of(value: string): Quantised {
    const known = this.#quantised.get(value);
    if (known) return known;
    const made = this.#declare(value);
    this.nodes.push({ opType: "QuantizeLinear", input: [value, made.names[1], made.names[2]], output: [made.names[0]] });
    return made;
  }

  #declare(value: string): Quantised {
    const range = this.rangeOf(value);
    const least = Math.min(0, range[0]); // zero has to be exact: it pads pictures
    const scale = Math.fround((Math.max(0, range[1]) - least) / LEVELS);
    if (!(scale > 0)) throw new Error(`quantize: the value ${value} is 0 all over, so it has no scale`);
    const zero = Uint8Array.of(Math.round(-least / scale));
    const names: Quantised["names"] = [
      `${value}_quantised`,
      this.#constant(`${value}_scale`, floatTensor({ shape: [], data: Float32Array.of(scale) })),
      this.#constant(`${value}_zero`, integerTensor({ shape: [], data: zero })),
    ];
    this.#quantised.set(value, { names, scale });
    return { names, scale };
  }

  #constant(name: string, tensor: onnx.ITensorProto): string {
    return addConstant(this.graph, name, tensor);
  }
}
