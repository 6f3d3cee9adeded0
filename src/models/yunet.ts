import { fieldsOf, lengthField, numberField } from "./wire.js";

/** The numbers of fields in onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
const MODEL = { graph: 7 };
const GRAPH = { input: 11, output: 12, valueInfo: 13 };
const FLOAT = 1;

/** Numbers for one cell of each output; there is one of each for the strides 8, 16 and 32. */
const OUTPUTS = { cls: 1, obj: 1, bbox: 4, kps: 10 };
const STRIDES = [8, 16, 32];

/**
 * YuNet's own file as a model for pictures of any size. The file's input is fixed to [1, 3, 640, 640], and it notes the
 * shapes that follow from that for every value between; its operators take any size (reshapes leave the cells open,
 * resizes are by a factor) and stay as they are.
 * `input` float32 [1, 3, H, W], BGR 0..255, sides multiples of 32 → for each stride S `cls_S`, `obj_S` [1, cells, 1],
 * `bbox_S` [1, cells, 4] and `kps_S` [1, cells, 10], cells being H/S rows of W/S.
 */
export function yunetModel(file: Uint8Array): Uint8Array {
  const rewritten = fieldsOf(file).map(({ number, whole, content }) =>
    number === MODEL.graph && content ? lengthField(MODEL.graph, anySize(content)) : whole,
  );
  return Buffer.concat(rewritten);
}

function anySize(graph: Uint8Array): Uint8Array {
  const fixed: number[] = Object.values(GRAPH);
  const kept = fieldsOf(graph).filter(({ number }) => !fixed.includes(number));
  const outputs = Object.entries(OUTPUTS).flatMap(([name, numbers]) =>
    STRIDES.map((stride) => lengthField(GRAPH.output, port(`${name}_${stride}`, [1, `H*W/${stride ** 2}`, numbers]))),
  );
  return Buffer.concat([...kept.map(({ whole }) => whole), lengthField(GRAPH.input, port("input", [1, 3, "H", "W"])), ...outputs]);
}

/** ValueInfoProto of a float32 tensor: name 1, type 2 › tensor_type 1 › elem_type 1, shape 2 › dim 1 › number 1 or name 2. */
function port(name: string, shape: (number | string)[]): Uint8Array {
  const dims = shape.map((size) => lengthField(1, typeof size === "number" ? numberField(1, size) : lengthField(2, size)));
  const tensor = Buffer.concat([numberField(1, FLOAT), lengthField(2, Buffer.concat(dims))]);
  return Buffer.concat([lengthField(1, name), lengthField(2, lengthField(1, tensor))]);
}
