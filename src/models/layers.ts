import type { ConvOptions, Graph, Pads, Value } from "./graph.js";
import { type Tensor, type Weights, weight } from "./weights.js";

/** What face-api takes off red, green and blue before it divides by 255 (its `normalize`). */
export const MEAN_RGB = [122.782, 117.001, 104.298] as const;
export const RANGE = 255;

/** Padding "same" of a 3x3 window: with stride 2 and an even picture TensorFlow pads only below and to the right. */
export const SAME: Record<1 | 2, Pads> = { 1: [1, 1, 1, 1], 2: [0, 0, 1, 1] };

/** A convolution's filters as TensorFlow keeps them ([height, width, in, out]) for ONNX ([out, in, height, width]). */
export function filters(weights: Weights, name: string): Tensor {
  return transpose(weight(weights, name), [3, 2, 0, 1]);
}

/** Depthwise filters: [height, width, channels, 1] becomes [channels, 1, height, width]. */
function depthwiseFilters(weights: Weights, name: string): Tensor {
  return transpose(weight(weights, name), [2, 3, 0, 1]);
}

/**
 * The first layer of the networks that see a 112x112 crop: its filters do the division by 255. The mean stays an
 * operator of its own, for this layer pads with zeros what is normalised already.
 */
export function firstConv(graph: Graph, weights: Weights, prefix: string): Value {
  const mean = graph.constant({ shape: [1, 3, 1, 1], data: Float32Array.from(MEAN_RGB) });
  const centred = graph.subtract(graph.input, mean);
  const { shape, data } = filters(weights, `${prefix}/filters`);
  return graph.conv(centred, {
    filters: { shape, data: data.map((value) => value / RANGE) },
    bias: weight(weights, `${prefix}/bias`),
    stride: 2,
    pads: SAME[2],
  });
}

/** A depthwise 3x3 convolution and a pointwise one after it, nothing between them; padding "same". */
export function separableConv(graph: Graph, x: Value, weights: Weights, prefix: string, stride: 1 | 2 = 1): Value {
  const depthwise = depthwiseFilters(weights, `${prefix}/depthwise_filter`);
  const spread: ConvOptions = { filters: depthwise, stride, pads: SAME[stride], groups: depthwise.shape[0] };
  return graph.conv(graph.conv(x, spread), {
    filters: filters(weights, `${prefix}/pointwise_filter`),
    bias: weight(weights, `${prefix}/bias`),
  });
}

/** Multiplies each output channel's filter ([out, in, height, width]) by that channel's factor. */
export function scaleFilters({ shape, data }: Tensor, factors: Float32Array): Tensor {
  const perChannel = data.length / factors.length;
  return { shape, data: data.map((value, index) => value * factors[Math.floor(index / perChannel)]) };
}

function transpose({ shape, data }: Tensor, order: readonly [number, number, number, number]): Tensor {
  if (shape.length !== 4) throw new Error(`a filter has 4 axes, not ${shape.length}`);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((axis) => shape[axis]);
  const [a, b, c, d] = order.map((axis) => strides[axis]);
  const result = new Float32Array(data.length);
  let next = 0;
  for (let i = 0; i < sizes[0]; i++) {
    for (let j = 0; j < sizes[1]; j++) {
      for (let k = 0; k < sizes[2]; k++) {
        for (let l = 0; l < sizes[3]; l++) result[next++] = data[i * a + j * b + k * c + l * d];
      }
    }
  }
  return { shape: sizes, data: result };
}
