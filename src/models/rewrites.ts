import type { onnx } from "onnx-proto";
import { attributesOf, floatTensor } from "./graph.js";

/** A graph's nodes, which the rewrites below replace, and its constants by name, which they add to. */
export interface Rewritable {
  nodes: onnx.INodeProto[];
  constants: Map<string, onnx.ITensorProto>;
}

/**
 * Makes one of two 1x1 convolutions where nothing stands between them and that takes fewer multiplications.
 * The same function, but for rounding.
 */
export function mergeLinear(graph: Rewritable): void {
  for (const [index, second] of graph.nodes.entries()) {
    const at = graph.nodes.findIndex(({ output }) => output?.[0] === second.input?.[0]);
    const first = graph.nodes[at];
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
    graph.nodes[index] = convNode(graph, name, first.input![0], { weights, shape: [b.outputs, a.inputs, 1, 1], bias }, second.output![0]);
    graph.nodes.splice(at, 1);
  }
}

/**
 * Computes the first `blocks` inverted residuals (a 1x1 convolution that multiplies the channels, a depthwise one, a 1x1
 * one back; Sandler et al., "MobileNetV2", 2018) in groups of their channels, and adds the groups up. The same
 * function, but for rounding; only a group's channels are in memory at once, which on the large grids of the first
 * blocks is what bounds a detection's memory, and they stay in the processor's cache.
 */
export function splitExpansions(graph: Rewritable, blocks: number, groups: number): void {
  let left = blocks;
  for (let at = 0; at < graph.nodes.length && left > 0; at++) {
    const [expand, , spread, , project] = graph.nodes.slice(at, at + 5);
    if (graph.nodes.slice(at, at + 5).map(({ opType }) => opType).join(" ") !== "Conv Relu Conv Relu Conv") continue;
    if (!isPointwise(graph, expand) || !isPointwise(graph, project)) continue;
    const parts = Array.from({ length: groups }, (_, group) => expansionPart(graph, [expand, spread, project], group, groups));
    graph.nodes.splice(at, 5, ...parts.flatMap(({ nodes }) => nodes), ...sum(parts.map(({ output }) => output), project.output![0]));
    at += 6 * groups - 2; // behind what was put in
    left--;
  }
}

/** One group of an inverted residual's channels; the first one has the last convolution's bias. */
function expansionPart(graph: Rewritable, [expand, spread, project]: onnx.INodeProto[], group: number, groups: number) {
  const [e, s, p] = [expand, spread, project].map((node) => readConv(graph, node));
  const channels = e.outputs / groups;
  const part = (values: Float32Array, size: number) => values.slice(group * channels * size, (group + 1) * channels * size);
  const columns = Float32Array.from({ length: p.outputs * channels }, (_, i) => p.weights[Math.floor(i / channels) * p.inputs + group * channels + (i % channels)]);
  const name = (node: onnx.INodeProto, suffix = "") => `${node.output![0]}_${group}${suffix}`;
  const relu = (node: onnx.INodeProto) => ({ opType: "Relu", input: [name(node)], output: [name(node, "_relu")] });
  const nodes = [
    convNode(graph, name(expand), expand.input![0], { weights: part(e.weights, e.inputs), shape: [channels, e.inputs, 1, 1], bias: part(e.bias, 1) }),
    relu(expand),
    {
      ...convNode(graph, name(spread), name(expand, "_relu"), { weights: part(s.weights, 9), shape: [channels, 1, 3, 3], bias: part(s.bias, 1) }),
      attribute: spread.attribute!.map((one) => (one.name === "group" ? { ...one, i: channels } : one)),
    },
    relu(spread),
    convNode(graph, name(project), name(spread, "_relu"), { weights: columns, shape: [p.outputs, channels, 1, 1], bias: group === 0 ? p.bias : undefined }),
  ];
  return { nodes, output: name(project) };
}

/** Nodes that add values up, one after the other: onnxruntime makes each addition part of the convolution before it. */
function sum([first, ...others]: string[], output: string): onnx.INodeProto[] {
  let total = first;
  return others.map((other, i) => {
    const input = [total, other];
    total = i === others.length - 1 ? output : `${output}_sum${i}`;
    return { opType: "Add", input, output: [total] };
  });
}

interface ConvWeights {
  weights: Float32Array | Float64Array;
  shape: number[];
  bias?: Float32Array | Float64Array;
}

/** A 1x1 convolution; its constants are added to the graph. */
function convNode({ constants }: Rewritable, name: string, input: string, { weights, shape, bias }: ConvWeights, output = name): onnx.INodeProto {
  const add = (kind: string, dims: number[], data: Float32Array | Float64Array) => {
    constants.set(`${name}_${kind}`, { name: `${name}_${kind}`, ...floatTensor({ shape: dims, data: Float32Array.from(data) }) });
    return `${name}_${kind}`;
  };
  const inputs = [input, add("weights", shape, weights), ...(bias ? [add("bias", [shape[0]], bias)] : [])];
  return { opType: "Conv", input: inputs, output: [output], attribute: attributesOf({ group: 1, kernel_shape: [1, 1], pads: [0, 0, 0, 0], strides: [1, 1] }) };
}

function readConv({ constants }: Rewritable, { input }: onnx.INodeProto) {
  const [weights, bias] = [input![1], input![2]].map((name) => constants.get(name)!);
  const [outputs, inputs] = weights.dims!.map(Number);
  return { outputs, inputs, weights: floatsOf(weights), bias: floatsOf(bias) };
}

function isPointwise({ constants }: Rewritable, { opType, input }: onnx.INodeProto): boolean {
  const [, , height, width] = constants.get(input?.[1] ?? "")?.dims?.map(Number) ?? [];
  return opType === "Conv" && height === 1 && width === 1 && input?.length === 3;
}

function usesOf({ nodes }: Rewritable, value: string): number {
  return nodes.filter(({ input }) => input?.includes(value)).length;
}

function floatsOf({ rawData, floatData }: onnx.ITensorProto): Float32Array {
  return rawData?.length ? new Float32Array(Uint8Array.from(rawData).buffer) : Float32Array.from(floatData ?? []);
}
