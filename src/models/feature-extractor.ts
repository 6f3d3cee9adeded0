import type { Graph, Value } from "./graph.js";
import { firstConv, separableConv } from "./layers.js";
import type { Weights } from "./weights.js";

/**
 * face-api's FaceFeatureExtractor, the trunk of its landmark and expression networks:
 * RGB 0..255 [N, 3, 112, 112] → features [N, 256]. Four blocks halve the picture, the mean of 7x7 ends them.
 * Source: @vladmandic/face-api, src/faceFeatureExtractor.
 */
export function faceFeatures(graph: Graph, weights: Weights): Value {
  let out = denseBlock(graph, weights, "dense0", firstConv(graph, weights, "dense0/conv0"));
  for (const block of ["dense1", "dense2", "dense3"]) {
    out = denseBlock(graph, weights, block, separableConv(graph, out, weights, `${block}/conv0`, 2));
  }
  return graph.globalAverage(out);
}

/** Each further convolution sees the sum of all before it; `first` is the block's first one. */
function denseBlock(graph: Graph, weights: Weights, block: string, first: Value): Value {
  const entry = graph.relu(first);
  let sum = graph.add(entry, separableConv(graph, entry, weights, `${block}/conv1`));
  for (const layer of ["conv2", "conv3"]) {
    sum = graph.add(sum, separableConv(graph, graph.relu(sum), weights, `${block}/${layer}`));
  }
  return graph.relu(sum);
}
