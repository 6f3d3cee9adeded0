import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { isIntact, verify } from "./checksum.js";
import { type ModelEntry, inPackage, manifest } from "./manifest.js";
import { writeWhole } from "./write-whole.js";

export interface BuildOptions {
  /** What to build; the whole manifest where absent. */
  models?: readonly ModelEntry[];
  /** Where to; `models/built/` where absent. */
  folder?: string;
}

/**
 * Makes the ONNX models that are missing or are not what the manifest says, from committed weights and those of the npm
 * package @vladmandic/face-api. The result is the same, byte for byte, on every machine. Where all is there it only reads
 * and hashes the files.
 * @throws ChecksumMismatch where a source or a built model is not the one the manifest names; that model is not written
 */
export async function buildModels({ models = manifest().models, folder = inPackage("models/built") }: BuildOptions = {}): Promise<void> {
  for (const model of models) {
    const file = join(folder, basename(model.file));
    if (isIntact(file, model.sha256)) continue;
    const bytes = await convert(model);
    verify(file, bytes, model.sha256);
    writeWhole(file, bytes);
  }
}

/** The converters need onnx-proto, which a published package comes without: it has its models built already. */
async function convert(model: ModelEntry): Promise<Uint8Array> {
  const { convertModel } = await import("./convert.js");
  const paths = model.source.map(({ file, sha256 }) => {
    const path = sourcePath(model, file);
    verify(path, readFileSync(path), sha256);
    return path;
  });
  return convertModel(model.name, paths[0]);
}

/** Where a source file of a model is: the weights of npm packages stay where npm put them; others are committed. */
export function sourcePath({ origin }: Pick<ModelEntry, "origin">, file: string): string {
  if (origin.registry !== "npm") return inPackage(file);
  // Not by resolving a file of it: a package may keep those to itself.
  const folders = createRequire(import.meta.url).resolve.paths(origin.package) ?? [];
  const found = folders.map((folder) => join(folder, origin.package)).find((folder) => existsSync(folder));
  if (!found) throw new Error(`the npm package ${origin.package} is not installed: ${basename(file)} is in it`);
  return join(found, file);
}
