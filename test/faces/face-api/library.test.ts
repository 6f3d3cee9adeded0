import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Library from "../../../src/faces/face-api/library.js";
import { loadLibrary } from "../../../src/faces/face-api/library.js";

it("is loaded once a thread for each backend", async () => {
  const [one, two] = await Promise.all([loadLibrary(), loadLibrary()]);
  expect(one).toBe(two);
  expect(await loadLibrary([one.backend])).toBe(one);
  expect((await loadLibrary(["wasm"])).backend).toBe("wasm");
});

describe("where TensorFlow.js is not installed", () => {
  const root = mkdtempSync(join(tmpdir(), "without-tensorflow-"));
  let installed: typeof Library;

  beforeAll(async () => {
    const faceApi = dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json"));
    for (const file of ["package.json", "dist/face-api.node.js", "dist/face-api.node-wasm.js"]) {
      cpSync(join(faceApi, file), join(root, "node_modules/@vladmandic/face-api", file));
    }
    for (const file of ["errors.js", "faces/face-api/library.js"]) {
      cpSync(fileURLToPath(new URL(`../../../src/${file}`, import.meta.url)), join(root, "src", file));
    }
    writeFileSync(join(root, "package.json"), JSON.stringify({ type: "module" }));
    installed = (await import(join(root, "src/faces/face-api/library.js"))) as typeof Library;
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it("the error names what to install, and why each backend failed", async () => {
    const error = (await installed.loadLibrary().catch((reason: unknown) => reason)) as Error;
    expect(error.message).toMatch(/needs @tensorflow\/tfjs-node, or @tensorflow\/tfjs and @tensorflow\/tfjs-backend-wasm/);
    expect((error.cause as AggregateError).errors.map(String)).toEqual([
      expect.stringContaining("Cannot find module '@tensorflow/tfjs-node'"),
      expect.stringContaining("Cannot find module '@tensorflow/tfjs'"),
    ]);
  });

  it("it names only what the allowed backends need", async () => {
    await expect(installed.loadLibrary(["wasm"])).rejects.toThrow(/needs @tensorflow\/tfjs and @tensorflow\/tfjs-backend-wasm, installed/);
  });

  it("a failure is not kept: the next call tries again", async () => {
    // Not TensorFlow.js installed now: Node itself remembers that it was not found.
    const tf = "{ setBackend() {}, ready() {}, tidy: (work) => work(), tensor1d: () => ({ square: () => ({ dataSync() {} }) }) }";
    writeFileSync(join(root, "node_modules/@vladmandic/face-api/dist/face-api.node.js"), `exports.tf = ${tf};`);
    expect((await installed.loadLibrary()).backend).toBe("tensorflow");
  });
});
