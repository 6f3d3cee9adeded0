import type { EngineName, FaceEngine, FaceOptions } from "./engine.js";
import { createOnnxEngine, type ModelPaths } from "./onnx/engine.js";

/** @throws Error where the engine's libraries or models cannot be loaded */
export async function createEngine(name: EngineName, options: FaceOptions, paths: ModelPaths): Promise<FaceEngine> {
  if (name === "onnx") return createOnnxEngine(options, paths);
  const { createFaceApiEngine } = await import("./face-api/engine.js"); // loaded only where it is asked for
  return createFaceApiEngine(options);
}
