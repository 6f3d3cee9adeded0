import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import type { Tensor } from "./weights.js";

/** Name of a value inside a graph: the graph's input, a constant or what a node puts out. */
export type Value = string;

/** An input or output of a graph; a name in place of a number is a size the caller chooses. */
export interface Port {
  name: string;
  shape: readonly (number | string)[];
}

/** Top, left, bottom, right. */
export type Pads = readonly [number, number, number, number];

export interface ConvOptions {
  /** [output channels, input channels / groups, height, width] */
  filters: Tensor;
  /** [output channels] */
  bias?: Tensor;
  stride?: number;
  pads?: Pads;
  groups?: number;
}

// ONNX enumerates these in onnx.proto: TensorProto.DataType and AttributeProto.AttributeType.
const FLOAT = 1;
const UINT8 = 2;
const INT8 = 3;
const INT32 = 6;
const INT64 = 7;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;
/** IR version 8 and opset 15 are those of ONNX 1.10, which the protobuf definition in use describes. */
const IR_VERSION = 8;
const OPSET = 15;

const NO_PADS: Pads = [0, 0, 0, 0];

/**
 * Builds an ONNX graph of float32 values in NCHW layout with one input, operator by operator.
 * Operators: https://onnx.ai/onnx/operators/. The same calls give the same bytes on every machine.
 */
export class Graph {
  readonly input: Value;
  readonly #name: string;
  readonly #input: onnx.IValueInfoProto;
  readonly #outputs: onnx.IValueInfoProto[] = [];
  readonly #nodes: onnx.INodeProto[] = [];
  readonly #constants: onnx.ITensorProto[] = [];

  constructor(name: string, input: Port) {
    this.#name = name;
    this.input = input.name;
    this.#input = valueInfo(input);
  }

  constant({ shape, data }: Tensor): Value {
    return this.#constant(floatTensor({ shape, data }));
  }

  conv(x: Value, { filters, bias, stride = 1, pads = NO_PADS, groups = 1 }: ConvOptions): Value {
    const [, , height = 1, width = 1] = filters.shape;
    const inputs = [x, this.constant(filters), ...(bias ? [this.constant(bias)] : [])];
    return this.#node("Conv", inputs, { group: groups, kernel_shape: [height, width], pads, strides: [stride, stride] });
  }

  /** Padding counts as smaller than every value. */
  maxPool(x: Value, size: number, stride: number, pads: Pads = NO_PADS): Value {
    return this.#node("MaxPool", [x], { kernel_shape: [size, size], pads, strides: [stride, stride] });
  }

  averagePool(x: Value, size: number, stride: number): Value {
    return this.#node("AveragePool", [x], { kernel_shape: [size, size], strides: [stride, stride] });
  }

  /** Adds zeros behind the last channel, below and to the right. */
  padEnd(x: Value, channels: number, rows: number, columns: number): Value {
    const pads = this.#constant({ dims: [8], dataType: INT64, int64Data: [0, 0, 0, 0, 0, channels, rows, columns] });
    return this.#node("Pad", [x, pads]);
  }

  /** [N, C, H, W] → [N, C]: the mean of each channel. */
  globalAverage(x: Value): Value {
    return this.#node("Flatten", [this.#node("GlobalAveragePool", [x])], { axis: 1 });
  }

  /** [N, inputs] → [N, outputs]; weights are [inputs, outputs]. */
  fullyConnected(x: Value, weights: Tensor, bias?: Tensor): Value {
    return this.#node("Gemm", [x, this.constant(weights), ...(bias ? [this.constant(bias)] : [])]);
  }

  relu(x: Value): Value {
    return this.#node("Relu", [x]);
  }

  add(a: Value, b: Value): Value {
    return this.#node("Add", [a, b]);
  }

  subtract(a: Value, b: Value): Value {
    return this.#node("Sub", [a, b]);
  }

  /** Over the last axis. */
  softmax(x: Value): Value {
    return this.#node("Softmax", [x], { axis: -1 });
  }

  /** Makes `value` an output of the graph. */
  output(value: Value, port: Port): void {
    const producer = this.#nodes.find(({ output }) => output?.[0] === value);
    if (!producer) throw new Error(`${this.#name}: no node puts out ${value}`);
    producer.output = [port.name];
    for (const { input } of this.#nodes) input?.forEach((name, i) => name === value && (input[i] = port.name));
    this.#outputs.push(valueInfo(port));
  }

  /** The model file's bytes. */
  encode(): Uint8Array {
    return encodeModel({
      name: this.#name,
      input: [this.#input],
      output: this.#outputs,
      node: this.#nodes,
      initializer: this.#constants,
    });
  }

  #constant(tensor: onnx.ITensorProto): Value {
    const name = `constant${this.#constants.length}`;
    this.#constants.push({ name, ...tensor });
    return name;
  }

  #node(opType: string, input: Value[], attributes: Record<string, number | readonly number[]> = {}): Value {
    const output = `${opType}${this.#nodes.length}`;
    this.#nodes.push({ opType, name: output, input, output: [output], attribute: attributesOf(attributes) });
    return output;
  }
}

/** The file of a model that consists of this graph; the opsets, by their domains, say which operators its nodes are. */
export function encodeModel(graph: onnx.IGraphProto, opsets: Readonly<Record<string, number>> = { "": OPSET }): Uint8Array {
  return onnxProto.onnx.ModelProto.encode({
    irVersion: IR_VERSION,
    producerName: "oss-faces",
    opsetImport: Object.entries(opsets).map(([domain, version]) => ({ domain, version })),
    graph,
  }).finish();
}

export function valueInfo({ name, shape }: Port): onnx.IValueInfoProto {
  const dim = shape.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

/** A node's attributes as ONNX files hold them. */
export function attributesOf(attributes: Record<string, number | readonly number[]>): onnx.IAttributeProto[] {
  return Object.entries(attributes).map(([name, value]) =>
    typeof value === "number" ? { name, type: ATTRIBUTE_INT, i: value } : { name, type: ATTRIBUTE_INTS, ints: [...value] },
  );
}

/** Values as ONNX files hold them. */
export function floatTensor({ shape, data }: Tensor): onnx.ITensorProto {
  return { dims: [...shape], dataType: FLOAT, rawData: littleEndian(data) };
}

/** The same for integers. */
export function integerTensor({ shape, data }: { shape: readonly number[]; data: Int8Array | Uint8Array | Int32Array }): onnx.ITensorProto {
  const dims = [...shape];
  if (data instanceof Int32Array) return { dims, dataType: INT32, int32Data: [...data] };
  return { dims, dataType: data instanceof Int8Array ? INT8 : UINT8, rawData: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

/** Bytes of float32 values as ONNX files hold them, whatever the machine's own order is. */
function littleEndian(data: Float32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(data.length * 4));
  data.forEach((value, index) => bytes.setFloat32(index * 4, value, true));
  return new Uint8Array(bytes.buffer);
}
