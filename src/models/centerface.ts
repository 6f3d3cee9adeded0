import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { encodeModel, valueInfo } from "./graph.js";
import { mergeLinear, type Rewritable, splitExpansions } from "./rewrites.js";

/** What the file calls its outputs, and what they are: all on a grid of a quarter of the picture. */
const OUTPUTS = [
  { from: "537", name: "heatmap", channels: 1 },
  { from: "538", name: "scale", channels: 2 },
  { from: "539", name: "offset", channels: 2 },
  { from: "540", name: "points", channels: 10 },
];

/** The file's own opset: all its operators are the same in later ones, and none would run faster. */
const OPSET = 9;

/** Blocks on grids of a half and a quarter of the picture: split, they take half the memory and a tenth less time. */
const LARGE_BLOCKS = 3;
const GROUPS = 3;

/**
 * CenterFace's own file as a model for pictures of any size. The file's input is fixed to [10, 3, 32, 32], and it
 * lists its weights as inputs, which keeps onnxruntime from preparing them. Two rewrites make it cheaper; what it
 * computes stays the same.
 * `image` float32 [1, 3, H, W], RGB 0..255, sides multiples of 32 → `heatmap` [1, 1, H/4, W/4] (0..1), `scale`
 * (log height, log width), `offset` (y, x) and `points` (five y, x pairs).
 * The three batch normalisations are left to onnxruntime: folding them here made nothing faster.
 */
export function centerfaceModel(file: Uint8Array): Uint8Array {
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
  const rewritten: Rewritable = { nodes, constants: new Map(graph.initializer.map((constant) => [constant.name!, constant])) };
  mergeLinear(rewritten);
  splitExpansions(rewritten, LARGE_BLOCKS, GROUPS);
  const used = new Set(nodes.flatMap(({ input }) => input ?? []));
  return encodeModel(
    {
      name: "centerface",
      input: [valueInfo({ name: "image", shape: [1, 3, "H", "W"] })],
      output: OUTPUTS.map(({ name, channels }) => valueInfo({ name, shape: [1, channels, "H/4", "W/4"] })),
      node: nodes,
      initializer: [...rewritten.constants.values()].filter(({ name }) => used.has(name!)), // the rest: counters of the training
    },
    OPSET,
  );
}
