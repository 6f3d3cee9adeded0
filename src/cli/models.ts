import { existsSync } from "node:fs";
import { buildModels } from "../models/build.js";
import { isIntact } from "../models/checksum.js";
import { getModel, isAddress } from "../models/get.js";
import { manifest, type ModelEntry, modelPath, type OptionalModel } from "../models/manifest.js";
import { url } from "../setting-values.js";
import { type Command, UsageError } from "./command.js";
import { print } from "./output.js";
import { progress } from "./progress.js";

export const command: Command = {
  summary: "the models: purpose, licence, origin, checksum; models build makes what is missing, models get downloads an optional one",
  usage: "[build | get NAME…]",
  options: {
    json: { type: "boolean", help: "the manifest as JSON" },
    from: { type: "string", value: "FILE_OR_URL", help: "get: a file brought here by hand, or another address" },
  },
  async run(invocation) {
    const { options, paths: [action, ...names] } = invocation; // settings only where they matter: a wrong one stops no build
    if (action === "build") {
      await buildModels();
      return 0;
    }
    const { from } = options;
    if (action === "get") return get(names, invocation.config.models, typeof from === "string" ? from : undefined);
    if (action !== undefined) throw new UsageError(`models ${action}: there is only models, models build and models get`);
    return list(Boolean(options.json), invocation.config.models);
  },
};

async function get(names: string[], folder: string | undefined, from: string | undefined): Promise<number> {
  const known = manifest().optional.map(({ name }) => name);
  if (names.length === 0) throw new UsageError(`models get needs a name: ${known.join(", ")}`);
  if (from !== undefined) checkSource(from, names);
  const models = names.map((name) => {
    const model = manifest().optional.find((optional) => optional.name === name);
    if (!model) throw new UsageError(`models get ${name}: there is only ${known.join(", ")}`);
    return model;
  });
  for (const model of models) {
    const shown = progress(`${model.name}, MB:`, megabytes(model.download.bytes));
    const onProgress = (done: number) => shown.at(megabytes(done));
    const { path, already } = await getModel(model, { folder, from, onProgress }).finally(() => shown.end());
    print(`${model.name} is ${already ? "there already" : "there"}, verified: ${path}\n`);
  }
  return 0;
}

function checkSource(from: string, names: string[]): void {
  if (names.length > 1) throw new UsageError("--from is for one model");
  if (!isAddress(from)) return;
  try {
    url(from);
  } catch (error) {
    throw new UsageError(`--from: ${(error as Error).message}`); // not the address: it may hold a password
  }
}

function list(json: boolean, folder: string | undefined): number {
  const { models, optional } = manifest();
  const state = <T extends ModelEntry | OptionalModel>(model: T) => ({ ...model, present: isIntact(modelPath(model.name, folder), model.sha256) });
  const all = { models: models.map(state), optional: optional.map(state) };
  const texts = () => [...all.models.map((model) => describeBuilt(model)), ...all.optional.map((model) => describeOptional(model, folder))];
  print(json ? `${JSON.stringify(all, null, 2)}\n` : texts().join(""));
  return all.models.every(({ present }) => present) ? 0 : 1;
}

function describeBuilt({ origin, present, ...model }: ModelEntry & { present: boolean }): string {
  const from = `${origin.registry} ${origin.package} ${origin.version}`;
  return describe(model, from, present ? "" : "missing or damaged: oss-faces models build makes it");
}

function describeOptional({ origin, present, ...model }: OptionalModel & { present: boolean }, folder: string | undefined): string {
  const state = existsSync(modelPath(model.name, folder)) ? "damaged" : "not here";
  return describe(model, `${origin.project} (${origin.page})`, present ? "" : `${state}: oss-faces models get ${model.name}`);
}

function describe({ name, purpose, licence, sha256, bytes }: Pick<ModelEntry, "name" | "purpose" | "licence" | "sha256" | "bytes">, from: string, state: string): string {
  return `${name}: ${purpose}\n  ${licence}, from ${from}\n  ${bytes} bytes, sha256 ${sha256}\n${state && `  ${state}\n`}`;
}

/** Millions of bytes, to one decimal. */
function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
