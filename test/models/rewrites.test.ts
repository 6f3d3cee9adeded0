import onnxProto from "onnx-proto";
import { type ConvOptions, Graph } from "../../src/models/graph.js";
import { mergeLinear, type Rewritable } from "../../src/models/rewrites.js";

/** A 1x1 convolution's constants; the same numbers in each test. */
function pointwise(outputs: number, inputs: number): ConvOptions {
  const numbers = (length: number) => Float32Array.from({ length }, (_, i) => ((i * 7) % 11) - 5);
  return { filters: { shape: [outputs, inputs, 1, 1], data: numbers(outputs * inputs) }, bias: { shape: [outputs], data: numbers(outputs) } };
}

/** 2 channels → 8 → 2, which is a 2 → 2 in truth; then whatever `more` adds. */
function graphOf(first: Partial<ConvOptions>, second: Partial<ConvOptions>, more?: (graph: Graph, middle: string, last: string) => string | void): Rewritable {
  const graph = new Graph("two", { name: "x", shape: [1, 2, 4, 4] });
  const middle = graph.conv(graph.input, { ...pointwise(8, 2), ...first });
  const last = graph.conv(middle, { ...pointwise(2, 8), ...second });
  graph.output(more?.(graph, middle, last) ?? last, { name: "y", shape: [1, "C", "H", "W"] });
  const { node, output, initializer } = onnxProto.onnx.ModelProto.decode(graph.encode()).graph!;
  return { nodes: node!, outputs: output!.map(({ name }) => name!), constants: new Map(initializer!.map((constant) => [constant.name!, constant])) };
}

const merged = (graph: Rewritable) => {
  mergeLinear(graph);
  return graph.nodes.filter(({ opType }) => opType === "Conv").length;
};

it("two 1x1 convolutions become one where that takes fewer multiplications", () => {
  expect(merged(graphOf({}, {}))).toBe(1);
  expect(merged(graphOf(pointwise(1, 2), pointwise(2, 1)))).toBe(2); // 2 + 2 multiplications, not 4
});

it("so do three and four in a row", () => {
  const third = (graph: Graph, _: string, last: string) => graph.conv(graph.conv(last, pointwise(8, 2)), pointwise(2, 8));
  expect(merged(graphOf({}, {}, third))).toBe(1);
});

it.each<[string, Partial<ConvOptions>, Partial<ConvOptions>, Parameters<typeof graphOf>[2]]>([
  ["one skips pixels", { stride: 2 }, {}, undefined],
  ["the other does", {}, { stride: 2 }, undefined],
  ["one pads the picture: its bias is not seen there", {}, { pads: [1, 1, 1, 1] }, undefined],
  ["one sees its channels in groups", {}, { ...pointwise(2, 4), groups: 2 }, undefined],
  ["one has no bias", {}, { bias: undefined }, undefined],
  ["another node takes what is between", {}, {}, (graph, middle, last) => graph.add(graph.conv(middle, pointwise(2, 8)), last)],
  ["what is between is put out", {}, {}, (graph, middle) => void graph.output(middle, { name: "between", shape: [1, 8, "H", "W"] })],
])("they stay as they are where %s", (_, first, second, more) => {
  const graph = graphOf(first, second, more);
  const before = graph.nodes.length;
  mergeLinear(graph);
  expect(graph.nodes).toHaveLength(before);
});
