import { Graph, type Value } from "./graph.js";
import { MEAN_RGB, RANGE, filters, scaleFilters } from "./layers.js";
import { type Tensor, type Weights, weight } from "./weights.js";

/** Residual layers in their order; those named "down" halve the picture, all but the last of these double the channels. */
const RESIDUAL_LAYERS = [
  "conv32_1", "conv32_2", "conv32_3",
  "conv64_down", "conv64_1", "conv64_2", "conv64_3",
  "conv128_down", "conv128_1", "conv128_2",
  "conv256_down", "conv256_1", "conv256_2", "conv256_down_out",
]; // prettier-ignore

export const CHIPS = { name: "chips", shape: ["N", 3, 150, 150] };
export const DESCRIPTORS = { name: "descriptors", shape: ["N", 128] };

/**
 * face-api's FaceRecognitionNet (dlib's ResNet) as ONNX.
 * `chips` float32 [N, 3, 150, 150], RGB 0..255 → `descriptors` float32 [N, 128], to be compared by Euclidean distance.
 * Source: @vladmandic/face-api, src/faceRecognitionNet. Each convolution's scale layer is folded into its filters.
 */
export function descriptorModel(weights: Weights): Uint8Array {
  const graph = new Graph("descriptor", CHIPS);
  const { filters: first, bias } = normalising(scaledConv(weights, "conv32_down"));
  let out = graph.relu(graph.conv(graph.input, { filters: first, bias, stride: 2 }));
  let size = 35; // 150 → 72 by the convolution, → 35 by the pool
  out = graph.maxPool(out, 3, 2);
  for (const layer of RESIDUAL_LAYERS) {
    if (layer.includes("down")) {
      out = residualDown(graph, out, weights, layer, size);
      size = Math.floor(size / 2);
    } else {
      out = residual(graph, out, weights, layer);
    }
  }
  const descriptor = graph.fullyConnected(graph.globalAverage(out), weight(weights, "fc"));
  graph.output(descriptor, DESCRIPTORS);
  return graph.encode();
}

interface Conv {
  filters: Tensor;
  bias: Tensor;
}

/** A convolution and the scale layer after it as one convolution. */
function scaledConv(weights: Weights, prefix: string): Conv {
  const factors = weight(weights, `${prefix}/scale/weights`).data;
  const offsets = weight(weights, `${prefix}/scale/biases`).data;
  const bias = weight(weights, `${prefix}/conv/bias`);
  return {
    filters: scaleFilters(filters(weights, `${prefix}/conv/filters`), factors),
    bias: { shape: bias.shape, data: bias.data.map((value, channel) => value * factors[channel] + offsets[channel]) },
  };
}

/** Lets a convolution that does not pad take RGB 0..255 where it expects face-api's normalised values. */
function normalising({ filters, bias }: Conv): Conv {
  const [, channels = 0, height = 0, width = 0] = filters.shape;
  const area = height * width;
  const perOutput = channels * area;
  const shifted = bias.data.map((value, output) => {
    let sum = 0;
    filters.data.subarray(output * perOutput, (output + 1) * perOutput).forEach((filter, index) => {
      sum += filter * MEAN_RGB[Math.floor(index / area)];
    });
    return value - sum / RANGE;
  });
  return {
    filters: { shape: filters.shape, data: filters.data.map((value) => value / RANGE) },
    bias: { shape: bias.shape, data: shifted },
  };
}

function residual(graph: Graph, x: Value, weights: Weights, layer: string): Value {
  const inner = graph.relu(graph.conv(x, { ...scaledConv(weights, `${layer}/conv1`), pads: [1, 1, 1, 1] }));
  const out = graph.conv(inner, { ...scaledConv(weights, `${layer}/conv2`), pads: [1, 1, 1, 1] });
  return graph.relu(graph.add(out, x));
}

/**
 * Halves the picture. The convolution that does not pad loses a row and a column where `size` is even: zeros take
 * their place. The shortcut is the mean of 2x2, with zeros for the channels that the layer adds.
 */
function residualDown(graph: Graph, x: Value, weights: Weights, layer: string, size: number): Value {
  const inner = graph.relu(graph.conv(x, { ...scaledConv(weights, `${layer}/conv1`), stride: 2 }));
  const second = scaledConv(weights, `${layer}/conv2`);
  const lost = 1 - (size % 2);
  let out = graph.conv(inner, { ...second, pads: [1, 1, 1, 1] });
  if (lost) out = graph.padEnd(out, 0, lost, lost);
  const [, , before = 0] = weight(weights, `${layer}/conv1/conv/filters`).shape;
  const after = second.bias.data.length;
  let shortcut = graph.averagePool(x, 2, 2);
  if (after !== before) shortcut = graph.padEnd(shortcut, after - before, 0, 0);
  return graph.relu(graph.add(shortcut, out));
}
