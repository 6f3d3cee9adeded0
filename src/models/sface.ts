import type { onnx } from "onnx-proto";
import { blocksOf, dequantised, integersOf } from "./blocks.js";
import { attributesOf, encodeModel, floatTensor, integerTensor, valueInfo } from "./graph.js";
import { addConstant, floatsOf, rewritable, type Rewritable, usedConstants } from "./rewrites.js";

/** What is left of the file's operators means the same in opset 13, and nothing newer is taken; MatMulNBits is onnxruntime's own. */
const OPSETS = { "": 13, "com.microsoft": 1 };

/**
 * MatMulNBits' arithmetic: what it multiplies weights with gets 8 bits, too, a block at a time. It takes 0.3 ms instead
 * of 20 so, and descriptors stay as they are (cosine 0.999998).
 */
const IN_INTEGERS = 4;

/**
 * SFace of OpenCV Zoo, whose file holds its weights with 8 bits, a scale and a zero for each block of them.
 * `data` float32 [1, 3, 112, 112], RGB 0..255 → `fc1` [1, 128]. Convolutions are made float32; the last layer, two
 * thirds of the weights, keeps its 8 bits. onnxruntime refuses the file as it is: it names weights as inputs that nobody
 * gives.
 */
export function sfaceModel(file: Uint8Array): Uint8Array {
  const graph = rewritable(file);
  const { constants } = graph;
  /** What stands in the place of a value that is no longer made. */
  const instead = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node): onnx.INodeProto[] => {
    const input = node.input!.map((name) => instead.get(name) ?? name);
    const [output] = node.output!;
    switch (node.opType) {
      case "DequantizeLinear":
        constants.set(output, dequantised(constants, input, output));
        return [];
      case "Reshape":
        addConstant(graph, output, { ...constants.get(input[0]), dims: integersOf(constants.get(input[1])!) });
        return [];
      case "Constant": // for the Dropout: how much it leaves out in training
        return [];
      case "Dropout":
        instead.set(output, input[0]);
        return [];
      case "PRelu":
        return prelu(graph, input, output);
      case "Gemm":
        return fullyConnected(graph, graph.nodes.find((maker) => maker.output![0] === input[1])!.input!, input, output);
      default:
        return [{ ...node, input }];
    }
  });
  return encodeModel(
    {
      name: "sface",
      input: [valueInfo({ name: "data", shape: [1, 3, 112, 112] })],
      output: [valueInfo({ name: "fc1", shape: [1, 128] })],
      node: nodes,
      initializer: usedConstants({ ...graph, nodes }),
    },
    OPSETS,
  );
}

/**
 * slope * x + (1 - slope) * relu(x), which onnxruntime makes part of its convolutions: the network takes 8 ms so, and
 * 21 with the operator PRelu.
 */
function prelu(graph: Rewritable, [x, slope]: string[], output: string): onnx.INodeProto[] {
  const [positive, below, above] = ["positive", "below", "above"].map((part) => `${output}_${part}`);
  const slopes = graph.constants.get(slope)!;
  const rest = addConstant(graph, `${output}_rest`, floatTensor({ shape: slopes.dims!.map(Number), data: floatsOf(slopes).map((value) => 1 - value) }));
  return [
    { opType: "Relu", input: [x], output: [positive] },
    { opType: "Mul", input: [x, slope], output: [below] },
    { opType: "Mul", input: [positive, rest], output: [above] },
    { opType: "Add", input: [below, above], output: [output] },
  ];
}

/** x times weights, which stay as the file holds them, plus a bias. @param weights names of the 8-bit numbers, their scales and zeros */
function fullyConnected(graph: Rewritable, weights: readonly string[], [x, , bias]: string[], output: string): onnx.INodeProto[] {
  const { numbers, scales, zeros, rows, columns, size } = blocksOf(graph.constants, weights);
  const parts = {
    numbers: integerTensor({ shape: [rows, columns / size, size], data: unsigned(numbers) }),
    scales: floatTensor({ shape: [rows, columns / size], data: scales }),
    zeros: integerTensor({ shape: [rows, columns / size], data: unsigned(zeros) }),
  };
  const names = Object.entries(parts).map(([part, tensor]) => addConstant(graph, `${output}_${part}`, tensor));
  const attribute = attributesOf({ K: columns, N: rows, bits: 8, block_size: size, accuracy_level: IN_INTEGERS });
  return [
    { opType: "MatMulNBits", domain: "com.microsoft", input: [x, ...names], output: [`${output}_product`], attribute },
    { opType: "Add", input: [`${output}_product`, bias], output: [output] },
  ];
}

/** -128..127 as 0..255: what MatMulNBits counts in. */
function unsigned(numbers: Int8Array): Uint8Array {
  return Uint8Array.from(numbers, (value) => value + 128);
}
