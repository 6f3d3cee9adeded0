import { CHIPS, descriptorModel, DESCRIPTORS } from "./descriptor.js";
import { encodeModel, valueInfo } from "./graph.js";
import { quantize, valuesToMeasure } from "./quantize.js";
import { type Inside, type Ranges, rangeIn } from "./ranges.js";
import { rewritable, type Rewritable, usedConstants } from "./rewrites.js";
import type { Weights } from "./weights.js";

/**
 * `descriptorModel` with convolutions of integers: two and a half times as fast, its descriptors off by about 0.035 of
 * 1.4. For mirror images: half of that is left in the mean with the upright face's, which stays float32.
 */
export function descriptor8bitModel(weights: Weights, ranges: Ranges): Uint8Array {
  const graph = rewritable(descriptorModel(weights));
  quantize(graph, rangeIn(ranges), inFloat(graph));
  return encode(graph, [DESCRIPTORS]);
}

/** The float32 model whose outputs are the values inside that have to have a range. */
export function descriptorInside(weights: Weights): Inside {
  const graph = rewritable(descriptorModel(weights));
  const values = valuesToMeasure(graph, inFloat(graph));
  return { model: encode(graph, values.map((name) => ({ name, shape: ["N", "channels", "H", "W"] }))), input: CHIPS.name, values, equalised: [] };
}

/** The first convolution, whose few channels are no faster as integers, and the sums, whose errors would add up from layer to layer. */
function inFloat({ nodes }: Rewritable): string[] {
  const first = nodes.find(({ opType }) => opType === "Relu")!;
  return [first, ...nodes.filter(({ opType }) => opType === "Add")].map(({ output }) => output![0]);
}

function encode(graph: Rewritable, outputs: Parameters<typeof valueInfo>[0][]): Uint8Array {
  return encodeModel({ name: "descriptor-8bit", input: [valueInfo(CHIPS)], output: outputs.map(valueInfo), node: graph.nodes, initializer: usedConstants(graph) });
}
