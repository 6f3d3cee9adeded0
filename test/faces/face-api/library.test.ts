import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Library from "../../../src/faces/face-api/library.js";
import { loadLibrary } from "../../../src/faces/face-api/library.js";

it("is loaded once a thread", () => {
  expect(loadLibrary()).toBe(loadLibrary());
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
});
