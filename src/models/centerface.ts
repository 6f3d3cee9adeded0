import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { equalise, valuesBetween } from "./equalise.js";
import { encodeModel, valueInfo } from "./graph.js";
import { quantize, valuesToMeasure } from "./quantize.js";
import { type Inside, type Ranges, rangeIn } from "./ranges.js";
import { mergeLinear, type Rewritable, usedConstants } from "./rewrites.js";

/** What the file calls its outputs, and what they are: all on a grid of a quarter of the picture. */
const OUTPUTS = [
  { from: "537", name: "heatmap", channels: 1 },
  { from: "538", name: "scale", channels: 2 },
  { from: "539", name: "offset", channels: 2 },
  { from: "540", name: "points", channels: 10 },
];

/** QLinearConv came with 10; all other operators are the same in later ones, and none would run faster. */
const OPSETS = { "": 10, "com.microsoft": 1 };

/**
 * Computed in float32: the first block, in whose 8 bits the soft shades of faces that fill the picture were lost (a
 * tenth of them were not found), and the heads. It costs no time: fewer channels have to be turned into integers.
 */
const IN_FLOAT = ["365", "368", "369", "536", "scale", "offset", "points"];

/**
 * CenterFace's own file as a model for pictures of any size. The file's input is fixed to [10, 3, 32, 32], and it
 * lists its weights as inputs, which keeps onnxruntime from preparing them.
 * `image` float32 [1, 3, H, W], RGB 0..255, sides multiples of 32 → `heatmap` [1, 1, H/4, W/4] (0..1), `scale`
 * (log height, log width), `offset` (y, x) and `points` (five y, x pairs).
 * The three batch normalisations are left to onnxruntime: folding them here made nothing faster.
 * @param ranges of the values inside; without them all is computed in float32
 * @throws Error where a value has no range
 */
export function centerfaceModel(file: Uint8Array, ranges?: Ranges): Uint8Array {
  const graph = centerfaceGraph(file);
  if (ranges) {
    equalise(graph, new Map(Object.entries(ranges).flatMap(([value, { channels }]) => (channels ? [[value, channels]] : []))));
    quantize(graph, rangeIn(ranges), IN_FLOAT);
  }
  return encode(graph, OUTPUTS);
}

/**
 * The float32 model whose outputs are the values inside that have to have a range: their names, and those of them whose
 * channels are equalised.
 */
export function centerfaceInside(file: Uint8Array): Inside {
  const graph = centerfaceGraph(file);
  const values = valuesToMeasure(graph, IN_FLOAT);
  const equalised = valuesBetween(graph).filter((value) => values.includes(value));
  return { model: encode(graph, values.map((name) => ({ name, channels: "channels" }))), input: "image", values, equalised };
}

function centerfaceGraph(file: Uint8Array): Rewritable {
  const { graph } = onnxProto.onnx.ModelProto.decode(file);
  const picture = graph?.input?.[0]?.name;
  if (!graph?.node || !graph.initializer || !picture) throw new Error("centerface: the file holds no whole graph");
  const names = new Map([[picture, "image"], ...OUTPUTS.map(({ from, name }) => [from, name] as const)]);
  const renamed = (values: string[] | null | undefined) => (values ?? []).map((value) => names.get(value) ?? value);
  const nodes: onnx.INodeProto[] = graph.node.map(({ opType, attribute, input, output }) => ({
    opType,
    attribute,
    input: renamed(input),
    output: renamed(output),
  }));
  const outputs = OUTPUTS.map(({ name }) => name);
  const rewritten: Rewritable = { nodes, outputs, constants: new Map(graph.initializer.map((constant) => [constant.name!, constant])) };
  mergeLinear(rewritten);
  return rewritten;
}

function encode(graph: Rewritable, outputs: readonly { name: string; channels: number | string }[]): Uint8Array {
  return encodeModel(
    {
      name: "centerface",
      input: [valueInfo({ name: "image", shape: [1, 3, "H", "W"] })],
      output: outputs.map(({ name, channels }) => valueInfo({ name, shape: [1, channels, "H/4", "W/4"] })),
      node: graph.nodes,
      initializer: usedConstants(graph), // the rest: counters of the training
    },
    OPSETS,
  );
}
