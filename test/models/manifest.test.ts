import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InferenceSession } from "onnxruntime-node";
import type * as Manifest from "../../src/models/manifest.js";
import { manifest, missingModels, modelEntry, modelPath } from "../../src/models/manifest.js";

it("is read once", () => {
  expect(manifest()).toBe(manifest());
});

it("names the models the engine is built on", () => {
  expect(manifest().models.map(({ name }) => name)).toEqual(["centerface", "landmarks", "descriptor", "descriptor-8bit", "age-gender", "expressions", "sface-8bit"]);
});

it.each(manifest().models)("$name: the file has the inputs and outputs that the manifest says", async ({ name, input, output }) => {
  const session = await InferenceSession.create(modelPath(name));
  const ports = (list: readonly InferenceSession.ValueMetadata[]) =>
    list.map((port) => ({ name: port.name, ...(port.isTensor && { type: port.type, shape: [...port.shape] }) }));
  const expected = (list: (typeof input)[]) => list.map((port) => ({ name: port.name, type: "float32", shape: port.shape }));
  expect(ports(session.inputMetadata)).toEqual(expected([input]));
  expect(ports(session.outputMetadata)).toEqual(expected(output));
  await session.release();
});

it("gives absolute paths, whatever folder the process runs in", () => {
  expect(isAbsolute(modelPath("centerface"))).toBe(true);
  expect(existsSync(modelPath("centerface"))).toBe(true);
});

it("names the models there are where one is asked for that is not", () => {
  expect(() => modelEntry("yunet")).toThrow(/no model is named yunet: there are centerface, landmarks, descriptor/);
  expect(() => modelPath("mtcnn")).toThrow(/no model is named mtcnn: there are .*, yunet, sface$/);
});

it("misses no model after a build", () => {
  expect(missingModels()).toEqual([]);
});

describe("in an installed package", () => {
  const root = mkdtempSync(join(tmpdir(), "package-"));
  let installed: typeof Manifest;

  beforeAll(async () => {
    const here = fileURLToPath(new URL("../../../", import.meta.url));
    cpSync(join(here, "dist/src/models"), join(root, "dist/src/models"), { recursive: true });
    cpSync(join(here, "models/manifest.json"), join(root, "models/manifest.json"));
    symlinkSync(join(here, "node_modules"), join(root, "node_modules"));
    writeFileSync(join(root, "package.json"), JSON.stringify({ type: "module" }));
    installed = (await import(join(root, "dist/src/models/manifest.js"))) as typeof installed;
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it("looks for the models in that package", () => {
    expect(installed.modelPath("centerface")).toBe(join(realpathSync(root), "models/built/centerface.onnx"));
  });

  it("names those that are not there", () => {
    mkdirSync(join(root, "models/built"));
    writeFileSync(join(root, "models/built/landmarks.onnx"), "");
    const missing = installed.missingModels().map(({ name }) => name);
    expect(missing).toEqual(["centerface", "descriptor", "descriptor-8bit", "age-gender", "expressions", "sface-8bit"]);
  });
});
