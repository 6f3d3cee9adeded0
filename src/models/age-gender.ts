import { Graph, type Value } from "./graph.js";
import { SAME, filters, firstConv, separableConv } from "./layers.js";
import { type Weights, weight } from "./weights.js";

/**
 * face-api's AgeGenderNet (a small Xception) as ONNX.
 * `crops` float32 [N, 3, 112, 112], RGB 0..255 → `age` float32 [N, 1] in years, `gender` float32 [N, 2]:
 * probabilities of male and female.
 * Source: @vladmandic/face-api, src/ageGenderNet and src/xception.
 */
export function ageGenderModel(weights: Weights): Uint8Array {
  const graph = new Graph("age-gender", { name: "crops", shape: ["N", 3, 112, 112] });
  let out = graph.relu(firstConv(graph, weights, "entry_flow/conv_in"));
  out = reductionBlock(graph, weights, "entry_flow/reduction_block_0", out, out);
  out = reductionBlock(graph, weights, "entry_flow/reduction_block_1", out, graph.relu(out));
  out = mainBlock(graph, weights, "middle_flow/main_block_0", out);
  out = mainBlock(graph, weights, "middle_flow/main_block_1", out);
  out = reductionBlock(graph, weights, "exit_flow/reduction_block", out, graph.relu(out));
  const features = graph.globalAverage(graph.relu(separableConv(graph, out, weights, "exit_flow/separable_conv")));
  const head = (name: string) =>
    graph.fullyConnected(features, weight(weights, `fc/${name}/weights`), weight(weights, `fc/${name}/bias`));
  graph.output(head("age"), { name: "age", shape: ["N", 1] });
  graph.output(graph.softmax(head("gender")), { name: "gender", shape: ["N", 2] });
  return graph.encode();
}

/** Halves the picture; `active` is `x` as the separable convolutions see it. */
function reductionBlock(graph: Graph, weights: Weights, block: string, x: Value, active: Value): Value {
  const first = separableConv(graph, active, weights, `${block}/separable_conv0`);
  const second = separableConv(graph, graph.relu(first), weights, `${block}/separable_conv1`);
  const expansion = graph.conv(x, {
    filters: filters(weights, `${block}/expansion_conv/filters`),
    bias: weight(weights, `${block}/expansion_conv/bias`),
    stride: 2,
  });
  return graph.add(graph.maxPool(second, 3, 2, SAME[2]), expansion);
}

function mainBlock(graph: Graph, weights: Weights, block: string, x: Value): Value {
  let out = x;
  for (const layer of ["separable_conv0", "separable_conv1", "separable_conv2"]) {
    out = separableConv(graph, graph.relu(out), weights, `${block}/${layer}`);
  }
  return graph.add(out, x);
}
