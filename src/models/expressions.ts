import { faceFeatures } from "./feature-extractor.js";
import { Graph } from "./graph.js";
import { type Weights, weight } from "./weights.js";

/**
 * face-api's FaceExpressionNet as ONNX.
 * `crops` float32 [N, 3, 112, 112], RGB 0..255 → `expressions` float32 [N, 7], probabilities in the order of
 * the manifest's units.
 */
export function expressionsModel(weights: Weights): Uint8Array {
  const graph = new Graph("expressions", { name: "crops", shape: ["N", 3, 112, 112] });
  const features = faceFeatures(graph, weights);
  const scores = graph.fullyConnected(features, weight(weights, "fc/weights"), weight(weights, "fc/bias"));
  graph.output(graph.softmax(scores), { name: "expressions", shape: ["N", 7] });
  return graph.encode();
}
