import { readFileSync } from "node:fs";
import onnxProto from "onnx-proto";
import { calibrationPictures, rangesOn } from "../../src/models/calibrate.js";
import { centerfaceInside, centerfaceModel } from "../../src/models/centerface.js";
import { equalise } from "../../src/models/equalise.js";
import { encodeModel } from "../../src/models/graph.js";
import { inPackage, modelPath } from "../../src/models/manifest.js";
import { committedRanges } from "../../src/models/ranges.js";
import { floatsOf, type Rewritable } from "../../src/models/rewrites.js";
import { FACES, faceCrop, planes } from "./face-crops.js";
import { largestDifference, rows, runModel } from "./run-model.js";

const ORIGINAL = readFileSync(inPackage("models/centerface.onnx"));

/** The largest number of each channel of the values that have such. */
const largest = new Map(Object.entries(committedRanges()).flatMap(([value, { channels }]) => (channels ? [[value, channels]] : [])));

function graphOf(bytes: Uint8Array): Rewritable {
  const { node, output, initializer } = onnxProto.onnx.ModelProto.decode(bytes).graph!;
  return { nodes: node!, outputs: output!.map(({ name }) => name!), constants: new Map(initializer!.map((constant) => [constant.name!, constant])) };
}

describe("the committed ranges", () => {
  it("are of the values that the model needs", () => {
    expect(Object.keys(committedRanges()).sort()).toEqual(centerfaceInside(ORIGINAL).values.sort());
  });

  it("hold what a photo makes the values, and not much more", async () => {
    const [photo] = await calibrationPictures();
    const seen = await rangesOn([photo]);
    for (const [value, { range, channels = [] }] of Object.entries(committedRanges())) {
      const [[least, most], [low, high]] = [range, seen[value].range];
      expect({ value, inside: low >= least * 1.01 && high <= most * 1.01 }).toEqual({ value, inside: true });
      expect(most - least).toBeLessThan(8 * (high - low));
      expect(channels.length).toBe(seen[value].channels?.length ?? 0);
      channels.forEach((most, i) => expect(seen[value].channels![i]).toBeLessThanOrEqual(most * 1.01));
    }
  });
});

it("a value without a range is an error", () => {
  expect(() => centerfaceModel(ORIGINAL, {})).toThrow("centerface: no range is known of the value 369");
});

it("a value that is 0 all over has no scale: an error that names it", () => {
  const ranges = { ...committedRanges(), 369: { range: [0, 0] as [number, number] } };
  expect(() => centerfaceModel(ORIGINAL, ranges)).toThrow("the value 369 is 0 all over");
});

it("equalising leaves a value as it is that is 0 all over, and makes the most of a channel that is", () => {
  const [value, channels] = [...largest][0];
  const weightsAfter = (numbers: number[]) => {
    const graph = graphOf(centerfaceModel(ORIGINAL));
    equalise(graph, new Map([[value, numbers]]));
    return [...graph.constants.values()].map(floatsOf);
  };
  const before = [...graphOf(centerfaceModel(ORIGINAL)).constants.values()].map(floatsOf);
  expect(weightsAfter(channels.map(() => 0))).toEqual(before);
  const after = weightsAfter(channels.map((_, i) => (i === 0 ? 0 : 1)));
  const factors = after.flatMap((numbers, at) => Array.from(numbers, (number, i) => number / before[at][i]).filter((factor) => Math.abs(factor - 1) > 0.1));
  expect(new Set(factors)).toEqual(new Set([8, 1 / 8]));
});

it("equalised channels give the same answers, and their weak ones are stronger", async () => {
  const float = centerfaceModel(ORIGINAL);
  const { graph } = onnxProto.onnx.ModelProto.decode(float);
  const changed = graphOf(float);
  const before = floatsOf(changed.constants.get("560")!).slice(); // the first depthwise convolution's bias between blocks
  equalise(changed, largest);
  expect(floatsOf(changed.constants.get("560")!)).not.toEqual(before);
  const file = encodeModel({ ...graph, node: changed.nodes, initializer: [...changed.constants.values()] }, { "": 10 });
  const photo = planes([await faceCrop(FACES[0], 128)]);
  const [expected, found] = await Promise.all([float, file].map((model) => runModel(model, photo)));
  for (const name of Object.keys(expected)) {
    expect(largestDifference(rows(found[name])[0], rows(expected[name])[0])).toBeLessThan(1e-3);
  }
});

describe("integer weights", () => {
  const float = graphOf(centerfaceModel(ORIGINAL));
  equalise(float, largest);
  const built = graphOf(readFileSync(modelPath("centerface")));
  const convolutions = built.nodes.filter(({ opType }) => opType === "QLinearConv");

  it("are those of all convolutions but seven", () => {
    const all = float.nodes.filter(({ opType }) => opType === "Conv");
    expect(convolutions.length).toBe(all.length - 7);
  });

  it("lie near the float32 ones, each filter's sum even nearer, and two products fit into 16 bits", () => {
    let [largestWeight, largestError, largestSum] = [0, 0, 0];
    for (const { input } of convolutions) {
      const [weights, scale] = [input![3], input![4]];
      const numbers = new Int8Array(Uint8Array.from(built.constants.get(weights)!.rawData!).buffer);
      const conv = float.nodes.find(({ output }) => `${output![0]}_weights` === weights)!;
      const scales = floatsOf(built.constants.get(scale)!);
      const expected = floatsOf(float.constants.get(conv.input![1])!);
      const size = expected.length / scales.length;
      scales.forEach((step, channel) => {
        const steps = Array.from(expected.subarray(channel * size, (channel + 1) * size), (weight) => weight / step);
        const rounded = numbers.subarray(channel * size, (channel + 1) * size);
        const errors = steps.map((weight, i) => weight - rounded[i]);
        largestWeight = Math.max(largestWeight, ...rounded.map(Math.abs));
        largestError = Math.max(largestError, ...errors.map(Math.abs));
        largestSum = Math.max(largestSum, Math.abs(errors.reduce((sum, error) => sum + error, 0)));
      });
    }
    expect(largestWeight).toBe(64);
    expect(largestError).toBeLessThan(1);
    expect(largestSum).toBeLessThan(0.51);
  });
});
