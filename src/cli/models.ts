import { buildModels } from "../models/build.js";
import { manifest, missingModels } from "../models/manifest.js";
import { type Command, UsageError } from "./command.js";

export const command: Command = {
  summary: "the models: purpose, licence, origin, checksum; models build makes what is missing",
  usage: "[build]",
  options: { json: { type: "boolean", help: "the manifest as JSON" } },
  async run({ options, paths: [action] }) {
    if (action === "build") {
      await buildModels();
      return 0;
    }
    if (action !== undefined) throw new UsageError(`models ${action}: there is only models and models build`);
    const missing = new Set(missingModels());
    const models = manifest().models;
    if (options.json) process.stdout.write(`${JSON.stringify({ models: models.map((model) => ({ ...model, present: !missing.has(model.name) })) }, null, 2)}\n`);
    else {
      for (const { name, purpose, licence, origin, sha256 } of models) {
        process.stdout.write(`${name}: ${purpose}\n  ${licence}; ${origin}\n  sha256 ${sha256}${missing.has(name) ? "\n  missing or damaged: oss-faces models build makes it" : ""}\n`);
      }
    }
    return missing.size > 0 ? 1 : 0;
  },
};
