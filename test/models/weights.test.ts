import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWeights, weight } from "../../src/models/weights.js";

const folder = mkdtempSync(join(tmpdir(), "weights-"));
const manifest = join(folder, "tiny-weights_manifest.json");
afterAll(() => rmSync(folder, { recursive: true }));

const QUANTISED = { name: "conv/filters", shape: [2, 3], dtype: "float32", quantization: { dtype: "uint8", scale: 0.1, min: -1 } };
const PLAIN = { name: "conv/bias", shape: [2], dtype: "float32" };

function write(weights: unknown, files: Record<string, number[]>): void {
  writeFileSync(manifest, JSON.stringify([{ paths: Object.keys(files), weights }]));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), Buffer.from(bytes));
}

it("reads quantised bytes as level * scale + min, rounded once to float32", () => {
  write([QUANTISED], { "tiny.bin": [0, 1, 10, 128, 254, 255] });
  const { shape, data } = weight(readWeights(manifest), "conv/filters");
  expect(shape).toEqual([2, 3]);
  expect([...data]).toEqual([-1, 1 * 0.1 - 1, 10 * 0.1 - 1, 128 * 0.1 - 1, 254 * 0.1 - 1, 255 * 0.1 - 1].map(Math.fround));
});

it("reads plain values as little-endian float32, whatever their offset", () => {
  write([{ ...QUANTISED, shape: [1] }, PLAIN], { "tiny.bin": [7, 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc1] });
  expect([...weight(readWeights(manifest), "conv/bias").data]).toEqual([1, -10]);
});

it("joins the files of a group: a tensor may begin in one and end in the next", () => {
  write([PLAIN], { "first.bin": [0, 0, 0x80], "second.bin": [0x3f, 0, 0, 0x20, 0xc1] });
  expect([...weight(readWeights(manifest), "conv/bias").data]).toEqual([1, -10]);
});

it.each([
  { what: "too few bytes", bytes: [0, 0, 0x80, 0x3f], error: /conv\/bias ends at byte 8, but tiny.bin has 4/ },
  { what: "too many bytes", bytes: [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc1, 0], error: /describes 8 bytes, but tiny.bin has 9/ },
])("refuses a file with $what", ({ bytes, error }) => {
  write([PLAIN], { "tiny.bin": bytes });
  expect(() => readWeights(manifest)).toThrow(error);
});

it("refuses a kind of quantisation that it does not know", () => {
  write([{ ...QUANTISED, quantization: { dtype: "uint16", scale: 1, min: 0 } }], { "tiny.bin": [] });
  expect(() => readWeights(manifest)).toThrow(/uint8/);
});

it("names a weight that is not there", () => {
  write([PLAIN], { "tiny.bin": [0, 0, 0, 0, 0, 0, 0, 0] });
  expect(() => weight(readWeights(manifest), "conv/filters")).toThrow("no weight is named conv/filters");
});
