import { faceFeatures } from "./feature-extractor.js";
import { Graph } from "./graph.js";
import { type Weights, weight } from "./weights.js";

/**
 * face-api's FaceLandmark68Net as ONNX.
 * `crops` float32 [N, 3, 112, 112], RGB 0..255 → `landmarks` float32 [N, 136]: x, y of the 68 points of the iBUG
 * annotation as fractions of the square crop.
 */
export function landmarksModel(weights: Weights): Uint8Array {
  const graph = new Graph("landmarks", { name: "crops", shape: ["N", 3, 112, 112] });
  const features = faceFeatures(graph, weights);
  const points = graph.fullyConnected(features, weight(weights, "fc/weights"), weight(weights, "fc/bias"));
  graph.output(points, { name: "landmarks", shape: ["N", 136] });
  return graph.encode();
}
