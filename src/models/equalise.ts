import type { onnx } from "onnx-proto";
import { floatTensor } from "./graph.js";
import { addConstant, floatsOf, type Rewritable, usesOf } from "./rewrites.js";

/** A channel is multiplied by this at most. */
const MOST = 8;

/** A convolution, the ReLU after it and the convolution that alone sees what comes out. */
interface Pair {
  first: onnx.INodeProto;
  value: string;
  second: onnx.INodeProto;
}

/** The values between two convolutions, which `equalise` can change. */
export function valuesBetween(graph: Rewritable): string[] {
  return pairs(graph).map(({ value }) => value);
}

/**
 * Brings channels that are quantised by one scale nearer to each other: multiplies the weak ones and divides in the
 * convolution behind. A ReLU lets factors through, so it is the same function, but for rounding; with 8 bits, what
 * boxes lose becomes half (Nagel et al., "Data-Free Quantization through Weight Equalization and Bias Correction",
 * 2019). The factors are the square roots of what would make the channels alike: the whole would cost the weights.
 * @param largest the largest number of each channel, by the value's name; other values stay as they are, and so
 *   does one that is 0 all over
 */
export function equalise(graph: Rewritable, largest: ReadonlyMap<string, readonly number[]>): void {
  for (const { first, value, second } of pairs(graph)) {
    const channels = largest.get(value);
    const top = Math.max(0, ...(channels ?? []));
    if (!channels || top === 0) continue;
    const factors = channels.map((most) => Math.min(MOST, Math.sqrt(top / most)));
    scaleOutputs(graph, first.input![1], factors);
    scaleOutputs(graph, first.input![2], factors);
    const inverse = factors.map((factor) => 1 / factor);
    const [, inputs] = graph.constants.get(second.input![1])!.dims!.map(Number);
    if (inputs === 1) scaleOutputs(graph, second.input![1], inverse); // depthwise: a filter sees one channel
    else scaleInputs(graph, second.input![1], inverse);
  }
}

function pairs(graph: Rewritable): Pair[] {
  return graph.nodes.flatMap((relu) => {
    const value = relu.output![0];
    const first = graph.nodes.find(({ output }) => relu.opType === "Relu" && output![0] === relu.input![0]);
    const second = graph.nodes.find(({ input }) => input![0] === value);
    const between = first?.opType === "Conv" && second?.opType === "Conv" && usesOf(graph, value) === 1;
    return between ? [{ first, value, second }] : [];
  });
}

/** Multiplies what is made for each output channel: a filter or a bias. */
function scaleOutputs(graph: Rewritable, name: string, factors: readonly number[]): void {
  change(graph, name, (number, index, length) => number * factors[Math.floor((index * factors.length) / length)]);
}

/** Multiplies the weights of a 1x1 convolution by the channel that they see. */
function scaleInputs(graph: Rewritable, name: string, factors: readonly number[]): void {
  change(graph, name, (number, index) => number * factors[index % factors.length]);
}

function change(graph: Rewritable, name: string, next: (number: number, index: number, length: number) => number): void {
  const before = graph.constants.get(name)!;
  const data = floatsOf(before).map((number, index, { length }) => next(number, index, length));
  addConstant(graph, name, floatTensor({ shape: before.dims!.map(Number), data }));
}
