import { anyModel, packageVersion } from "../models/manifest.js";
import type { EngineInfo, EngineName, FaceEngine, FaceOptions } from "./engine.js";
import { faceApiInfo } from "./face-api/networks.js";
import { createOnnxEngine, modelsFor } from "./onnx/engine.js";

/** @throws Error where the engine's libraries or models cannot be loaded */
export async function createEngine(name: EngineName, options: FaceOptions): Promise<FaceEngine> {
  if (name === "onnx") return createOnnxEngine(options);
  const { createFaceApiEngine } = await import("./face-api/engine.js"); // loaded only where it is asked for
  return createFaceApiEngine(options);
}

/** What a result says of the engine that found it. */
export function engineInfo(name: EngineName, options: FaceOptions): EngineInfo {
  if (name === "face-api") return faceApiInfo(options.details);
  const models = modelsFor(options).map((model) => ({ name: model, sha256: anyModel(model).sha256 }));
  return { name, version: packageVersion(), models };
}
