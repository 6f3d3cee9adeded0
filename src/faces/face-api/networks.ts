import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type * as FaceApi from "@vladmandic/face-api";
import { z } from "zod";
import { MissingPart } from "../../errors.js";
import { sha256 } from "../../models/checksum.js";
import type { EngineInfo } from "../engine.js";
import type { Detail } from "../face.js";

/** The networks one engine uses: its own, for close() must not take another engine's away. */
export interface Networks {
  detector: FaceApi.SsdMobilenetv1;
  landmarks: FaceApi.FaceLandmark68Net;
  descriptor?: FaceApi.FaceRecognitionNet;
  ageGender?: FaceApi.AgeGenderNet;
  expressions?: FaceApi.FaceExpressionNet;
}

/** Each network's weights, and the details that need it; without any it is always needed. */
const WEIGHTS: { network: keyof Networks; name: string; details?: readonly Detail[] }[] = [
  { network: "detector", name: "ssd_mobilenetv1_model" },
  { network: "landmarks", name: "face_landmark_68_model" },
  { network: "descriptor", name: "face_recognition_model", details: ["descriptor"] },
  { network: "ageGender", name: "age_gender_model", details: ["age", "gender"] },
  { network: "expressions", name: "face_expression_model", details: ["expressions"] },
];

/** Loads the networks that the details need, from the npm package. */
export async function loadNetworks(faceapi: typeof FaceApi, details: readonly Detail[]): Promise<Networks> {
  const needed = new Set(neededFor(details).map(({ network }) => network));
  const networks: Networks = { detector: new faceapi.SsdMobilenetv1(), landmarks: new faceapi.FaceLandmark68Net() };
  if (needed.has("descriptor")) networks.descriptor = new faceapi.FaceRecognitionNet();
  if (needed.has("ageGender")) networks.ageGender = new faceapi.AgeGenderNet();
  if (needed.has("expressions")) networks.expressions = new faceapi.FaceExpressionNet();
  await Promise.all(all(networks).map((network) => network.loadFromDisk(join(packageFolder(), "model"))));
  return networks;
}

/** Frees the networks' weights. */
export function disposeNetworks(networks: Networks): void {
  for (const network of all(networks)) network.dispose();
}

/** Which library and weights the engine uses for these details, without loading them. */
export function faceApiInfo(details: readonly Detail[]): EngineInfo {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")));
  const models = neededFor(details).map(({ name }) => {
    const bytes = readFileSync(join(packageFolder(), "model", `${name}.bin`));
    return { name, sha256: sha256(bytes) };
  });
  return { name: "face-api", version, models };
}

function neededFor(details: readonly Detail[]) {
  return WEIGHTS.filter((weights) => weights.details?.some((detail) => details.includes(detail)) ?? true);
}

function all({ detector, landmarks, descriptor, ageGender, expressions }: Networks) {
  return [detector, landmarks, descriptor, ageGender, expressions].filter((network) => network !== undefined);
}

/** Where the library and its weights (`model/`) are. @throws MissingPart */
export function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json"));
  } catch (cause) {
    throw new MissingPart("ENGINE=face-api needs the npm package @vladmandic/face-api, which this install lacks: the image's target tfjs has it.", { cause });
  }
}
