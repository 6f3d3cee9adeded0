import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const checksum = z.string().regex(/^[0-9a-f]{64}$/);

const port = z.strictObject({
  name: z.string(),
  shape: z.array(z.union([z.number().int().positive(), z.string()])).describe("a name stands for a size the caller chooses"),
  units: z.string(),
});

const entry = z.strictObject({
  name: z.string(),
  purpose: z.string(),
  licence: z.string(),
  origin: z
    .strictObject({ registry: z.enum(["npm", "pypi"]), package: z.string(), version: z.string() })
    .describe("the published package that the weights were taken from"),
  source: z
    .array(z.strictObject({ file: z.string(), sha256: checksum }))
    .min(1)
    .describe("what the model is built from: files of the npm package, or of this one where they are committed"),
  file: z.string().describe("the built model"),
  sha256: checksum,
  bytes: z.number().int().positive(),
  input: port,
  output: z.array(port).min(1),
});

const manifestSchema = z.strictObject({ models: z.array(entry) });

export type Manifest = z.infer<typeof manifestSchema>;
export type ModelEntry = z.infer<typeof entry>;

/** This package's root, from `dist/src/models/` in a checkout, in an installed package and in the image. */
const ROOT = new URL("../../../", import.meta.url);

let cached: Manifest | undefined;

/** `models/manifest.json`, read once. */
export function manifest(): Manifest {
  cached ??= manifestSchema.parse(JSON.parse(readFileSync(inPackage("models/manifest.json"), "utf8")));
  return cached;
}

/** @throws Error where the manifest has no model of that name */
export function modelEntry(name: string): ModelEntry {
  const found = manifest().models.find((model) => model.name === name);
  if (!found) {
    const known = manifest().models.map((model) => model.name);
    throw new Error(`no model is named ${name}: there are ${known.join(", ")}`);
  }
  return found;
}

/** Absolute path of a model's ONNX file, whether it is there or not. */
export function modelPath(name: string): string {
  return inPackage(modelEntry(name).file);
}

/** The models whose ONNX file is not there; `npm run build` makes them. Looks at no checksum. */
export function missingModels(): ModelEntry[] {
  return manifest().models.filter(({ file }) => !existsSync(inPackage(file)));
}

/** The version of this package. */
export function packageVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(inPackage("package.json"), "utf8"))).version;
}

/** Absolute path of a file of this package. */
export function inPackage(file: string): string {
  return fileURLToPath(new URL(file, ROOT));
}
