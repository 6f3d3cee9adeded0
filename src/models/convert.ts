import { readFileSync } from "node:fs";
import { ageGenderModel } from "./age-gender.js";
import { centerfaceModel } from "./centerface.js";
import { descriptorModel } from "./descriptor.js";
import { descriptor8bitModel } from "./descriptor-8bit.js";
import { expressionsModel } from "./expressions.js";
import { landmarksModel } from "./landmarks.js";
import { committedRanges } from "./ranges.js";
import { sfaceModel } from "./sface.js";
import { readWeights } from "./weights.js";

const CONVERTERS: Record<string, (source: string) => Uint8Array> = {
  centerface: (source) => centerfaceModel(readFileSync(source), committedRanges("centerface")),
  landmarks: (source) => landmarksModel(readWeights(source)),
  descriptor: (source) => descriptorModel(readWeights(source)),
  "descriptor-8bit": (source) => descriptor8bitModel(readWeights(source), committedRanges("descriptor")),
  "age-gender": (source) => ageGenderModel(readWeights(source)),
  expressions: (source) => expressionsModel(readWeights(source)),
  "sface-8bit": (source) => sfaceModel(readFileSync(source)),
};

/**
 * The ONNX file of a model by the manifest's name. `source` is the first of its source files: an ONNX file, a
 * TensorFlow.js weights manifest.
 */
export function convertModel(name: string, source: string): Uint8Array {
  const convert = CONVERTERS[name];
  if (!convert) throw new Error(`no converter makes ${name}`);
  return convert(source);
}
