import { Graph, type Value } from "./graph.js";
import { SAME, depthwiseFilters, filters, scaleFilters } from "./layers.js";
import { type Tensor, type Weights, weight } from "./weights.js";

/** What is taken off red, green and blue: the means that Caffe's networks on ImageNet are fed with. */
const MEAN_RGB = [123.68, 116.779, 103.939] as const;

/** Of the 13 blocks these halve the picture. */
const HALVING = [2, 4, 6, 12];
const BLOCKS = 13;

/**
 * faceres (HSE-FaceRes, a MobileNet v1) as ONNX.
 * `crops` float32 [N, 3, 224, 224], RGB 0..255 → `features` float32 [N, 1024], by which people are told apart; `ages`
 * [N, 100]: a probability for each year of age from 0; `male` [N, 1]: the probability of male.
 * Source: @vladmandic/human, models/faceres.json. The network wants BGR: its first filters are turned round instead.
 * Normalisation after a convolution is folded into its filters: for most the file has that done already.
 */
export function faceresModel(weights: Weights): Uint8Array {
  const graph = new Graph("faceres", { name: "crops", shape: ["N", 3, 224, 224] });
  // The mean cannot be folded into the bias: what the first layer pads with zeros is normalised already.
  const centred = graph.subtract(graph.input, graph.constant({ shape: [1, 3, 1, 1], data: Float32Array.from(MEAN_RGB) }));
  const first = swapRedAndBlue(filters(weights, "conv1/convolution/merged_input"));
  let out = graph.relu6(graph.conv(centred, { filters: first, bias: offsets(weights, "conv1"), stride: 2, pads: SAME[2] }));
  for (let block = 1; block <= BLOCKS; block++) {
    out = depthwise(graph, out, weights, `conv_dw_${block}`, HALVING.includes(block) ? 2 : 1);
    const pointwise = filters(weights, `conv_pw_${block}/convolution/merged_input`);
    out = graph.relu6(graph.conv(out, { filters: pointwise, bias: offsets(weights, `conv_pw_${block}`) }));
  }
  const features = graph.globalAverage(out);
  const dense = (x: Value, name: string) => graph.fullyConnected(x, weight(weights, `${name}/kernel`), weight(weights, `${name}/bias`));
  const inner = graph.relu(dense(features, "feats"));
  graph.output(graph.softmax(dense(inner, "age_pred")), { name: "ages", shape: ["N", 100] });
  graph.output(graph.sigmoid(dense(inner, "gender_pred")), { name: "male", shape: ["N", 1] });
  graph.output(features, { name: "features", shape: ["N", 1024] });
  return graph.encode();
}

function depthwise(graph: Graph, x: Value, weights: Weights, layer: string, stride: 1 | 2): Value {
  const factors = weight(weights, `${layer}_bn/batchnorm_1/mul`).data;
  return graph.relu6(
    graph.conv(x, {
      filters: scaleFilters(depthwiseFilters(weights, `${layer}/depthwise_kernel`), factors),
      bias: offsets(weights, layer),
      stride,
      pads: SAME[stride],
      groups: factors.length,
    }),
  );
}

/** What the batch normalisation after a convolution adds. */
function offsets(weights: Weights, layer: string): Tensor {
  return weight(weights, `${layer}_bn/batchnorm_1/sub`);
}

/** Filters [out, 3, height, width] that see blue, green, red for a picture in red, green, blue. */
function swapRedAndBlue({ shape, data }: Tensor): Tensor {
  const [out = 0, channels = 0, height = 0, width = 0] = shape;
  const plane = height * width;
  const swapped = new Float32Array(data.length);
  for (let filter = 0; filter < out; filter++) {
    for (let channel = 0; channel < channels; channel++) {
      const source = (filter * channels + channel) * plane;
      swapped.set(data.subarray(source, source + plane), (filter * channels + channels - 1 - channel) * plane);
    }
  }
  return { shape, data: swapped };
}
