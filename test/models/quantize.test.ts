import { readFileSync } from "node:fs";
import onnxProto from "onnx-proto";
import { sourcePath } from "../../src/models/build.js";
import { rangesOf } from "../../src/models/calibrate.js";
import { calibrationChips, calibrationPictures } from "../../src/models/calibration-pictures.js";
import { centerfaceInside, centerfaceModel } from "../../src/models/centerface.js";
import { equalise } from "../../src/models/equalise.js";
import { encodeModel } from "../../src/models/graph.js";
import { inPackage, modelEntry, modelPath } from "../../src/models/manifest.js";
import { committedRanges } from "../../src/models/ranges.js";
import { descriptorInside } from "../../src/models/descriptor-8bit.js";
import { descriptorModel } from "../../src/models/descriptor.js";
import { floatsOf, rewritable } from "../../src/models/rewrites.js";
import { readWeights } from "../../src/models/weights.js";
import { FACES, faceCrop, planes } from "./face-crops.js";
import { largestDifference, rows, runModel } from "./run-model.js";

const ORIGINAL = readFileSync(inPackage("models/centerface.onnx"));
const { source: [weights], ...descriptor } = modelEntry("descriptor");
const WEIGHTS = readWeights(sourcePath(descriptor, weights.file));

/** The largest number of each channel of the values that have such. */
const largest = new Map(Object.entries(committedRanges("centerface")).flatMap(([value, { channels }]) => (channels ? [[value, channels]] : [])));

describe.each([
  { model: "centerface", inside: () => centerfaceInside(ORIGINAL), pictures: calibrationPictures },
  { model: "descriptor", inside: () => descriptorInside(WEIGHTS), pictures: calibrationChips },
] as const)("the committed ranges of $model", ({ model, inside, pictures }) => {
  it("are of the values that the model needs", () => {
    expect(Object.keys(committedRanges(model)).sort()).toEqual(inside().values.sort());
  });

  it("hold what a photo makes the values, and not much more", async () => {
    const [photo] = await pictures();
    const seen = await rangesOf(model, [photo]);
    for (const [value, { range, channels = [] }] of Object.entries(committedRanges(model))) {
      const [[least, most], [low, high]] = [range, seen[value].range];
      expect({ value, inside: low >= least * 1.01 && high <= most * 1.01 }).toEqual({ value, inside: true });
      expect(most - least).toBeLessThan(8 * (high - low));
      expect(channels.length).toBe(seen[value].channels?.length ?? 0);
      channels.forEach((most, i) => expect(seen[value].channels![i]).toBeLessThanOrEqual(most * 1.01));
    }
  });
});

it("a value without a range is an error", () => {
  expect(() => centerfaceModel(ORIGINAL, {})).toThrow("no range is known of the value 369");
});

it("a value that is 0 all over has no scale: an error that names it", () => {
  const ranges = { ...committedRanges("centerface"), 369: { range: [0, 0] as [number, number] } };
  expect(() => centerfaceModel(ORIGINAL, ranges)).toThrow("the value 369 is 0 all over");
});

it("equalising leaves a value as it is that is 0 all over, and makes the most of a channel that is", () => {
  const [value, channels] = [...largest][0];
  const weightsAfter = (numbers: number[]) => {
    const graph = rewritable(centerfaceModel(ORIGINAL));
    equalise(graph, new Map([[value, numbers]]));
    return [...graph.constants.values()].map(floatsOf);
  };
  const before = [...rewritable(centerfaceModel(ORIGINAL)).constants.values()].map(floatsOf);
  expect(weightsAfter(channels.map(() => 0))).toEqual(before);
  const after = weightsAfter(channels.map((_, i) => (i === 0 ? 0 : 1)));
  const factors = after.flatMap((numbers, at) => Array.from(numbers, (number, i) => number / before[at][i]).filter((factor) => Math.abs(factor - 1) > 0.1));
  expect(new Set(factors)).toEqual(new Set([8, 1 / 8]));
});

it("equalised channels give the same answers, and their weak ones are stronger", async () => {
  const float = centerfaceModel(ORIGINAL);
  const { graph } = onnxProto.onnx.ModelProto.decode(float);
  const changed = rewritable(float);
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

const equalised = rewritable(centerfaceModel(ORIGINAL));
equalise(equalised, largest);

describe.each([
  { model: "centerface", float: equalised, others: 7 },
  { model: "descriptor-8bit", float: rewritable(descriptorModel(WEIGHTS)), others: 1 },
])("integer weights of $model", ({ model, float, others }) => {
  const built = rewritable(readFileSync(modelPath(model)));
  const convolutions = built.nodes.filter(({ opType }) => opType === "QLinearConv");

  it("are those of nearly all convolutions", () => {
    const all = float.nodes.filter(({ opType }) => opType === "Conv");
    expect(convolutions.length).toBe(all.length - others);
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
