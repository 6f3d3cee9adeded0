import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { attributesOf, floatTensor } from "./graph.js";

/** A graph's nodes, which the rewrites below replace, its constants by name, which they add to, and what it puts out. */
export interface Rewritable {
  nodes: onnx.INodeProto[];
  outputs: readonly string[];
  constants: Map<string, onnx.ITensorProto>;
}

/** The graph of a model's file. */
export function rewritable(model: Uint8Array): Rewritable {
  const { node, output, initializer } = onnxProto.onnx.ModelProto.decode(model).graph!;
  return { nodes: node!, outputs: output!.map(({ name }) => name!), constants: new Map(initializer!.map((constant) => [constant.name!, constant])) };
}

/** @returns the name, as a node takes it */
export function addConstant({ constants }: Pick<Rewritable, "constants">, name: string, tensor: onnx.ITensorProto): string {
  constants.set(name, { ...tensor, name });
  return name;
}

/** The constants that nodes still take. */
export function usedConstants({ nodes, constants }: Rewritable): onnx.ITensorProto[] {
  const used = new Set(nodes.flatMap(({ input }) => input ?? []));
  return [...constants.values()].filter(({ name }) => used.has(name!));
}

/**
 * Makes one of two 1x1 convolutions where nothing stands between them and that takes fewer multiplications.
 * The same function, but for rounding.
 */
export function mergeLinear(graph: Rewritable): void {
  for (const second of [...graph.nodes]) {
    const first = graph.nodes.find(({ output }) => output?.[0] === second.input?.[0]);
    if (!first || !isPointwise(graph, first) || !isPointwise(graph, second) || usesOf(graph, second.input![0]) !== 1) continue;
    const [a, b] = [readConv(graph, first), readConv(graph, second)];
    if (b.outputs * a.inputs >= a.outputs * (a.inputs + b.outputs)) continue;
    const weights = new Float64Array(b.outputs * a.inputs);
    const bias = Float64Array.from(b.bias);
    for (let out = 0; out < b.outputs; out++) {
      for (let middle = 0; middle < a.outputs; middle++) {
        const factor = b.weights[out * a.outputs + middle];
        bias[out] += factor * a.bias[middle];
        for (let i = 0; i < a.inputs; i++) weights[out * a.inputs + i] += factor * a.weights[middle * a.inputs + i];
      }
    }
    const name = `${second.output![0]}_merged`;
    const merged = convNode(graph, name, first.input![0], { weights, shape: [b.outputs, a.inputs, 1, 1], bias }, second.output![0]);
    graph.nodes = graph.nodes.filter((node) => node !== first).map((node) => (node === second ? merged : node));
  }
}

interface ConvWeights {
  weights: Float64Array;
  shape: number[];
  bias: Float64Array;
}

/** A 1x1 convolution; its constants are added to the graph. */
function convNode(graph: Rewritable, name: string, input: string, { weights, shape, bias }: ConvWeights, output: string): onnx.INodeProto {
  const add = (kind: string, shape: number[], data: Float64Array) => addConstant(graph, `${name}_${kind}`, floatTensor({ shape, data: Float32Array.from(data) }));
  const inputs = [input, add("weights", shape, weights), add("bias", [shape[0]], bias)];
  return { opType: "Conv", input: inputs, output: [output], attribute: attributesOf({ group: 1, kernel_shape: [1, 1], pads: [0, 0, 0, 0], strides: [1, 1] }) };
}

/** The constants of a convolution that has a bias. */
export function readConv({ constants }: Rewritable, { input }: onnx.INodeProto) {
  const [weights, bias] = [input![1], input![2]].map((name) => constants.get(name)!);
  const shape = weights.dims!.map(Number);
  const [outputs, inputs] = shape;
  return { outputs, inputs, shape, weights: floatsOf(weights), bias: floatsOf(bias) };
}

/** Whether a node makes each pixel of the one pixel under it: a 1x1 convolution, with a bias, of all channels at once. */
function isPointwise({ constants }: Rewritable, { opType, input, attribute }: onnx.INodeProto): boolean {
  const [weights, bias] = [input?.[1], input?.[2]].map((name) => constants.get(name ?? ""));
  if (opType !== "Conv" || !weights || !bias) return false;
  const [, , height, width] = weights.dims!.map(Number);
  const attributeOf = (name: string) => attribute?.find((one) => one.name === name);
  const all = (name: string, number: number) => (attributeOf(name)?.ints ?? []).every((one) => Number(one) === number);
  return height === 1 && width === 1 && all("strides", 1) && all("pads", 0) && Number(attributeOf("group")?.i ?? 1) === 1;
}

/** How many nodes take a value; the graph's putting it out counts as one more. */
export function usesOf({ nodes, outputs }: Rewritable, value: string): number {
  return nodes.filter(({ input }) => input?.includes(value)).length + (outputs.includes(value) ? 1 : 0);
}

export function floatsOf({ rawData, floatData }: onnx.ITensorProto): Float32Array {
  return rawData?.length ? new Float32Array(Uint8Array.from(rawData).buffer) : Float32Array.from(floatData ?? []);
}
