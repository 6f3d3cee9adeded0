// The published file is the oracle: onnxruntime takes it once the weights that it lists as inputs, and gives no values for, are struck out.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import onnxProto from "onnx-proto";
import { blocksOf, dequantised, integersOf } from "../../src/models/blocks.js";
import { inPackage, modelPath } from "../../src/models/manifest.js";
import { floatsOf } from "../../src/models/rewrites.js";
import { sfaceModel } from "../../src/models/sface.js";
import { FACES, faceCrop, planes } from "./face-crops.js";
import { rows, runModel } from "./run-model.js";

const PUBLISHED = inPackage("models/sface-8bit.onnx");
const folder = mkdtempSync(join(tmpdir(), "sface-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The published file with one input. */
function oracle(): string {
  const model = onnxProto.onnx.ModelProto.decode(readFileSync(PUBLISHED));
  model.graph!.input = model.graph!.input!.filter(({ name }) => name === "data");
  const path = join(folder, "oracle.onnx");
  writeFileSync(path, onnxProto.onnx.ModelProto.encode(model).finish());
  return path;
}

it("describes faces as the published file does: the angle between the two is below a quarter of a degree", async () => {
  const path = oracle();
  const chips = await Promise.all(FACES.map((face) => faceCrop(face, 112)));
  for (const chip of chips) {
    const [ours, theirs] = await Promise.all([modelPath("sface-8bit"), path].map(async (model) => rows((await runModel(model, planes([chip]))).fc1)[0]));
    const [product, a, b] = [[ours, theirs], [ours, ours], [theirs, theirs]].map(([one, other]) => one.reduce((sum, value, i) => sum + value * other[i], 0));
    expect((Math.acos(Math.min(1, product / Math.sqrt(a * b))) * 180) / Math.PI).toBeLessThan(0.25);
    expect(Math.sqrt(a / b)).toBeCloseTo(1, 2);
  }
});

it("takes about half of what it would with all weights in float32", () => {
  const { length } = sfaceModel(readFileSync(PUBLISHED));
  expect(length).toBe(readFileSync(modelPath("sface-8bit")).length);
  expect(length).toBeLessThan(readFileSync(PUBLISHED).length * 4 * 0.5);
});

describe("weights in blocks", () => {
  const int8 = (name: string, dims: number[], values: number[]) => ({ name, dims, rawData: new Uint8Array(Int8Array.from(values).buffer) });
  const float = (name: string, dims: number[], values: number[]) => ({ name, dims, floatData: values });
  const constants = (numbers: onnxProto.onnx.ITensorProto, scales: number[], dims: number[], zeros: number[]) =>
    new Map([numbers, float("scales", dims, scales), int8("zeros", dims, zeros)].map((constant) => [constant.name!, constant]));
  const NAMES = ["numbers", "scales", "zeros"];

  it.each([
    { what: "two blocks a row", dims: [2, 4], scaleDims: [2, 2], expected: [0.5, 1, 8, 10, 3, 3.5, -128, 127] },
    { what: "a row of four blocks", dims: [8], scaleDims: [4], expected: [0.5, 1, 8, 10, 3, 3.5, -128, 127] },
  ])("are (number - zero) * scale: $what", ({ dims, scaleDims, expected }) => {
    const all = constants(int8("numbers", dims, [1, 2, 3, 4, 5, 6, -128, 127]), [0.5, 2, 0.5, 1], scaleDims, [0, -1, -1, 0]);
    const tensor = dequantised(all, NAMES, "weights");
    expect([tensor.name, tensor.dims, [...floatsOf(tensor)]]).toEqual(["weights", dims, expected]);
    expect(blocksOf(all, NAMES)).toMatchObject({ rows: dims.length === 1 ? 1 : 2, columns: dims.at(-1), size: 2 });
  });

  it("are refused where a row is no whole number of blocks", () => {
    expect(() => blocksOf(constants(int8("numbers", [1, 5], [1, 2, 3, 4, 5]), [1, 1], [1, 2], [0, 0]), NAMES)).toThrow("numbers: 5 columns are no 2 blocks");
  });

  it.each([
    { what: "as bytes", shape: { rawData: new Uint8Array(BigInt64Array.of(32n, 3n).buffer) } },
    { what: "as numbers", shape: { int64Data: [32, 3] } },
  ])("a shape is read $what", ({ shape }) => {
    expect(integersOf(shape)).toEqual([32, 3]);
  });
});
