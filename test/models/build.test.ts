import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildModels } from "../../src/models/build.js";
import { ChecksumMismatch, sha256 } from "../../src/models/checksum.js";
import { manifest, modelEntry } from "../../src/models/manifest.js";

const WRONG = "0".repeat(64);
/** The smallest of them: most of these tests need no other. */
const expressions = modelEntry("expressions");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "models-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function built(name = "expressions"): Buffer {
  return readFileSync(join(folder, `${name}.onnx`));
}

it("makes every model of the manifest, byte for byte", async () => {
  await buildModels({ folder });
  expect(readdirSync(folder).sort()).toEqual(manifest().models.map(({ name }) => `${name}.onnx`).sort());
  for (const { name, bytes, sha256: expected } of manifest().models) {
    expect({ name, bytes: built(name).length, sha256: sha256(built(name)) }).toEqual({ name, bytes, sha256: expected });
  }
});

it("leaves what is there and right as it is", async () => {
  await buildModels({ folder, models: [expressions] });
  const { ino, mtimeMs } = statSync(join(folder, "expressions.onnx"));
  await buildModels({ folder, models: [expressions] });
  expect(statSync(join(folder, "expressions.onnx"))).toMatchObject({ ino, mtimeMs });
});

it.each([
  { damage: "changed in one byte", bytes: (whole: Buffer) => Buffer.concat([whole.subarray(0, 5000), Buffer.from([1]), whole.subarray(5001)]) },
  { damage: "cut short", bytes: (whole: Buffer) => whole.subarray(0, 5000) },
  { damage: "empty", bytes: () => Buffer.alloc(0) },
])("makes a model anew that is $damage", async ({ bytes }) => {
  await buildModels({ folder, models: [expressions] });
  writeFileSync(join(folder, "expressions.onnx"), bytes(built()));
  expect(sha256(built())).not.toBe(expressions.sha256);
  await buildModels({ folder, models: [expressions] });
  expect(sha256(built())).toBe(expressions.sha256);
});

it("refuses a source that is not the one the manifest names, with file, expected and found", async () => {
  const [description, weights] = expressions.source;
  const models = [{ ...expressions, source: [description, { ...weights, sha256: WRONG }] }];
  const error: unknown = await buildModels({ folder, models }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ChecksumMismatch);
  expect(error).toMatchObject({ expected: WRONG, found: weights.sha256 });
  expect((error as ChecksumMismatch).file).toMatch(/model\/face_expression_model\.bin$/);
  expect((error as ChecksumMismatch).message).toContain(`sha256 is ${weights.sha256}, but models/manifest.json says ${WRONG}`);
  expect(readdirSync(folder)).toEqual([]);
});

it("refuses a result that is not the one the manifest names, and does not write it", async () => {
  const models = [{ ...expressions, sha256: WRONG }];
  const error: unknown = await buildModels({ folder, models }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ChecksumMismatch);
  expect(error).toMatchObject({ file: join(folder, "expressions.onnx"), expected: WRONG, found: expressions.sha256 });
  expect(existsSync(join(folder, "expressions.onnx"))).toBe(false);
});

it("two builds at once end with whole models", async () => {
  await Promise.all([buildModels({ folder, models: [expressions] }), buildModels({ folder, models: [expressions] })]);
  expect(readdirSync(folder)).toEqual(["expressions.onnx"]);
  expect(sha256(built())).toBe(expressions.sha256);
});

it("says which npm package a source is missing of", async () => {
  const models = [{ ...expressions, origin: { ...expressions.origin, package: "@vladmandic/not-there" } }];
  await expect(buildModels({ folder, models })).rejects.toThrow("the npm package @vladmandic/not-there is not installed: face_expression_model-weights_manifest.json is in it");
});

it("says which model nothing can make", async () => {
  await expect(buildModels({ folder, models: [{ ...expressions, name: "yunet" }] })).rejects.toThrow("no converter makes yunet");
});
