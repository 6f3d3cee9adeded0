import { anyModel, modelPath, packageVersion } from "../models/manifest.js";
import type { EngineInfo, EngineName, FaceOptions } from "./engine.js";
import { faceApiInfo } from "./face-api/networks.js";
import { type ModelPaths, modelsFor } from "./onnx/engine.js";

/** What a result says of the engine that found it. */
export function engineInfo(name: EngineName, options: FaceOptions): EngineInfo {
  if (name === "face-api") return faceApiInfo(options.details);
  const models = modelsFor(options).map((model) => ({ name: model, sha256: anyModel(model).sha256 }));
  return { name, version: packageVersion(), models };
}

/** Where the models are that these options take. */
export function modelPaths(options: FaceOptions): ModelPaths {
  return Object.fromEntries(modelsFor(options).map((name) => [name, modelPath(name, options.models)]));
}
