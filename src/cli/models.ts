import { buildModels } from "../models/build.js";
import { isIntact } from "../models/checksum.js";
import { manifest, type ModelEntry, modelPath } from "../models/manifest.js";
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
    const models = manifest().models.map((model) => ({ ...model, present: isIntact(modelPath(model.name), model.sha256) }));
    process.stdout.write(options.json ? `${JSON.stringify({ models }, null, 2)}\n` : models.map(describe).join(""));
    return models.every(({ present }) => present) ? 0 : 1;
  },
};

function describe({ name, purpose, licence, origin, sha256, bytes, present }: ModelEntry & { present: boolean }): string {
  const state = present ? "" : "\n  missing or damaged: oss-faces models build makes it";
  return `${name}: ${purpose}\n  ${licence}, from ${origin.registry} ${origin.package} ${origin.version}\n  ${bytes} bytes, sha256 ${sha256}${state}\n`;
}
