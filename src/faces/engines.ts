import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { z } from "zod";
import { inPackage, modelEntry } from "../models/manifest.js";
import type { EngineInfo, FaceEngine, FaceOptions } from "./engine.js";
import { createOnnxEngine, modelsFor } from "./onnx/engine.js";

/** The engines by the names that ENGINE takes. */
export const ENGINES = ["onnx", "face-api"] as const;
export type EngineName = (typeof ENGINES)[number];

/** The engine on face-api itself; loaded only where it is asked for. */
const FACE_API: string = "./face-api/engine.js";
interface FaceApiModule {
  createFaceApiEngine: (options: FaceOptions) => Promise<FaceEngine>;
}

const packageSchema = z.object({ version: z.string() });

/** @throws Error where the engine's libraries or models cannot be loaded */
export async function createEngine(name: EngineName, options: FaceOptions): Promise<FaceEngine> {
  if (name === "onnx") return createOnnxEngine(options);
  const { createFaceApiEngine } = (await import(FACE_API)) as FaceApiModule;
  return createFaceApiEngine(options);
}

/** What a result says of the engine that found it. face-api's models come with it: its version names them too. */
export function engineInfo(name: EngineName, { details }: FaceOptions): EngineInfo {
  if (name === "onnx") {
    const models = modelsFor(details).map((model) => ({ name: model, sha256: modelEntry(model).sha256 }));
    return { name, version: versionIn(inPackage("package.json")), models };
  }
  const require = createRequire(import.meta.url);
  return { name, version: versionIn(require.resolve("@vladmandic/face-api/package.json")), models: [] };
}

function versionIn(packageFile: string): string {
  return packageSchema.parse(JSON.parse(readFileSync(packageFile, "utf8"))).version;
}
