import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sha256 } from "../../src/models/checksum.js";
import { anyModel } from "../../src/models/manifest.js";
import { fieldsOf, lengthField, numberField } from "../../src/models/wire.js";
import { yunetModel } from "../../src/models/yunet.js";
import { planes, samplePhoto } from "./face-crops.js";
import { largestDifference, runModel } from "./run-model.js";

/** The published file, which is no part of this repository; used where it lies beside it. */
const ORIGINAL = fileURLToPath(new URL("../../../../shared/models/face_detection_yunet_2023mar.onnx", import.meta.url));

describe("the wire format", () => {
  it.each([0, 1, 127, 128, 300, 2 ** 21, 2 ** 40])("a field that holds %d, and what comes after it, are found again", (value) => {
    const text = lengthField(300, "x".repeat(value % 1000));
    const message = Buffer.concat([numberField(1, value), text]);
    const [number, last] = fieldsOf(message);
    expect([number.number, number.content, last.number, last.content?.length]).toEqual([1, undefined, 300, value % 1000]);
    expect(Buffer.concat([number.whole, last.whole]).equals(message)).toBe(true);
  });

  it("passes over numbers of fixed size", () => {
    const message = Uint8Array.of(0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x08, 5);
    expect(fieldsOf(message).map(({ number, whole }) => [number, whole.length])).toEqual([[1, 5], [2, 9], [1, 2]]);
  });

  it.each([
    ["a length beyond the end", [0x0a, 5, 1]],
    ["a kind that there is not", [0x0f, 1]],
    ["half a fixed number", [0x0d, 1, 2]],
  ])("refuses %s", (_, bytes) => {
    expect(() => fieldsOf(Uint8Array.from(bytes))).toThrow("no protobuf message");
  });
});

if (existsSync(ORIGINAL)) {
  const original = readFileSync(ORIGINAL);
  const ours = yunetModel(original);

  it("is the model that the manifest names", () => {
    expect({ sha256: sha256(ours), bytes: ours.length }).toEqual({ sha256: anyModel("yunet").sha256, bytes: anyModel("yunet").bytes });
  });

  it("answers like the original file", async () => {
    const { data, width, height } = await samplePhoto(1, 640);
    const square = { data: new Uint8Array(640 * 640 * 3), width: 640, height: 640 };
    square.data.set(data.subarray(0, width * height * 3)); // the sample is 640 wide
    const [before, now] = [await runModel(original, planes([square])), await runModel(ours, planes([square]))];
    expect(Object.keys(now).sort()).toEqual(Object.keys(before).sort());
    for (const [name, { data, dims }] of Object.entries(before)) {
      expect(now[name].dims).toEqual(dims);
      expect(largestDifference(now[name].data as Float32Array, data as Float32Array)).toBeLessThan(1e-5);
    }
  });

  it.each([[32, 32], [320, 512], [96, 64]])("takes a picture of %i rows and %i columns", async (height, width) => {
    const answers = await runModel(ours, { data: new Float32Array(3 * height * width), dims: [1, 3, height, width] });
    for (const { name, shape } of anyModel("yunet").output) {
      const stride = Number(name.split("_")[1]);
      expect([name, ...answers[name].dims]).toEqual([name, 1, (height / stride) * (width / stride), shape[2]]);
    }
  });
}
