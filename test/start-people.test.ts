import { createHash } from "node:crypto";
import { readConfig } from "../src/config.js";
import { engineInfo } from "../src/faces/engine-info.js";
import { anyModel } from "../src/models/manifest.js";
import { poolOptions } from "../src/parts.js";
import { descriptorModel } from "../src/start-people.js";

const identity = (recognition: string) => {
  const config = readConfig({ GALLERY: "g", RECOGNITION: recognition });
  return descriptorModel(config, engineInfo("onnx", poolOptions(config).options));
};
const hashOf = (...parts: string[]) => (parts.length === 1 ? parts[0] : createHash("sha256").update(parts.join("\n")).digest("hex"));

it.each([
  { recognition: "single", models: ["descriptor", "descriptor-8bit"], chips: [], length: 128 },
  { recognition: "fused", models: ["descriptor", "descriptor-8bit", "sface-8bit"], chips: ["sface by 68 points"], length: 256 },
  { recognition: "sface", models: ["sface"], chips: ["sface by 68 points"], length: 128 },
])("$recognition: descriptors are named by $models, and by how faces are cut out where that has changed", ({ recognition, models, chips, length }) => {
  const files = models.map((name) => anyModel(name).sha256);
  expect(identity(recognition)).toEqual({ name: recognition, sha256: hashOf(...files, ...chips), length });
});
