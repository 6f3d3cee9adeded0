import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { isIntact } from "./checksum.js";

const checksum = z.string().regex(/^[0-9a-f]{64}$/);

const port = z.strictObject({
  name: z.string(),
  shape: z.array(z.union([z.number().int().positive(), z.string()])).describe("a name stands for a size the caller chooses"),
  units: z.string(),
});

/** What both kinds of models say of themselves. */
const model = z.strictObject({
  name: z.string(),
  purpose: z.string(),
  licence: z.string(),
  file: z.string().describe("the model as it is used"),
  sha256: checksum,
  bytes: z.number().int().positive(),
  input: port,
  output: z.array(port).min(1),
});

const builtModel = model.extend({
  origin: z
    .strictObject({ registry: z.enum(["npm", "pypi"]), package: z.string(), version: z.string() })
    .describe("the published package that the weights were taken from"),
  source: z
    .array(z.strictObject({ file: z.string(), sha256: checksum }))
    .min(1)
    .describe("what the model is built from: files of the npm package, or of this one where they are committed"),
});

const optionalModel = model.extend({
  origin: z.strictObject({ project: z.string(), page: z.url() }).describe("who publishes it"),
  download: z
    .strictObject({ addresses: z.array(z.url()).min(1).describe("of the same file, in the order they are tried"), file: z.string(), sha256: checksum, bytes: z.number().int().positive() })
    .describe("the published file; where its sha256 is not the model's the model is made from it"),
});

const manifestSchema = z.strictObject({
  models: z.array(builtModel).describe("built with this package; `file` counts from its root"),
  optional: z.array(optionalModel).describe("downloaded where asked for; `file` is in the folder MODELS"),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ModelEntry = z.infer<typeof builtModel>;
export type OptionalModel = z.infer<typeof optionalModel>;

/** This package's root, from `dist/src/models/` in a checkout, in an installed package and in the image. */
const ROOT = new URL("../../../", import.meta.url);

let cached: Manifest | undefined;

/** `models/manifest.json`, read once. */
export function manifest(): Manifest {
  cached ??= manifestSchema.parse(JSON.parse(readFileSync(inPackage("models/manifest.json"), "utf8")));
  return cached;
}

/** @throws Error where this package builds no model of that name */
export function modelEntry(name: string): ModelEntry {
  return named(manifest().models, name);
}

/** A built model or an optional one. @throws Error where there is no model of that name */
export function anyModel(name: string): ModelEntry | OptionalModel {
  const { models, optional } = manifest();
  return named([...models, ...optional], name);
}

function named<T extends { name: string }>(models: T[], name: string): T {
  const found = models.find((model) => model.name === name);
  if (!found) throw new Error(`no model is named ${name}: there are ${models.map((model) => model.name).join(", ")}`);
  return found;
}

/** Where optional models are unless MODELS says otherwise. */
export function optionalFolder(): string {
  return inPackage("models/optional");
}

/**
 * Absolute path of a model's ONNX file, whether it is there or not.
 * @param folder of the optional models; the package's where absent
 */
export function modelPath(name: string, folder = optionalFolder()): string {
  const model = anyModel(name);
  return "download" in model ? resolve(folder, model.file) : inPackage(model.file);
}

/**
 * Of these models (by default of those that `npm run build` makes) the ones that are not there. Built ones are looked
 * at by name only; optional ones, which anybody may have put there, by checksum.
 * @param folder of the optional models; the package's where absent
 */
export function missingModels(names: readonly string[] = manifest().models.map(({ name }) => name), folder?: string): (ModelEntry | OptionalModel)[] {
  return names.map(anyModel).filter((model) => {
    const path = modelPath(model.name, folder);
    return "download" in model ? !isIntact(path, model.sha256) : !existsSync(path);
  });
}

/** The version of this package. */
export function packageVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(inPackage("package.json"), "utf8"))).version;
}

/** Absolute path of a file of this package. */
export function inPackage(file: string): string {
  return fileURLToPath(new URL(file, ROOT));
}
