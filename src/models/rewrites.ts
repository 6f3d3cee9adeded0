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

interface ConvWeights {
  weights: Float64Array;
  shape: number[];
  bias: Float64Array;
}

/** A 1x1 convolution; its constants are added to the graph. */
function convNode({ constants }: Rewritable, name: string, input: string, { weights, shape, bias }: ConvWeights, output: string): onnx.INodeProto {
  const add = (kind: string, dims: number[], data: Float64Array) => {
    constants.set(`${name}_${kind}`, { name: `${name}_${kind}`, ...floatTensor({ shape: dims, data: Float32Array.from(data) }) });
    return `${name}_${kind}`;
  };
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

function isPointwise({ constants }: Rewritable, { opType, input }: onnx.INodeProto): boolean {
  const [, , height, width] = constants.get(input?.[1] ?? "")?.dims?.map(Number) ?? [];
  return opType === "Conv" && height === 1 && width === 1 && input?.length === 3;
}

export function usesOf({ nodes }: Rewritable, value: string): number {
  return nodes.filter(({ input }) => input?.includes(value)).length;
}

export function floatsOf({ rawData, floatData }: onnx.ITensorProto): Float32Array {
  return rawData?.length ? new Float32Array(Uint8Array.from(rawData).buffer) : Float32Array.from(floatData ?? []);
}
