import { unit } from "../../src/faces/onnx/unit.js";

it.each([
  ["numbers", [3, 4], [0.6, 0.8]],
  ["float32 numbers", Float32Array.of(0, -5), [0, -1]],
  ["zeros, which stay zeros", [0, 0], [0, 0]],
] as const)("unit length of %s", (_, numbers, expected) => {
  expect(unit(numbers)).toEqual(expected.map((value) => expect.closeTo(value, 12) as number));
});
