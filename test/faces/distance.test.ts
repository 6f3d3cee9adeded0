import { distance } from "../../src/faces/distance.js";

/** 128 numbers, `first` the first of them; with `second`, 128 more. */
function descriptor(first: number[], second?: number[]): number[] {
  const filled = (numbers: number[], length: number) => [...numbers, ...Array<number>(length - numbers.length).fill(0)];
  return second ? [...filled(first, 128), ...filled(second, 128)] : filled(first, 128);
}

describe("the distance of two descriptors", () => {
  it.each([
    { what: "one network: the same", a: descriptor([0.5, 0.1]), b: descriptor([0.5, 0.1]), expected: 0 },
    { what: "one network: Euclidean", a: descriptor([3]), b: descriptor([0, 4]), expected: 5 },
    { what: "two networks: the same", a: descriptor([1], [0, 1]), b: descriptor([1], [0, 1]), expected: 0 },
    { what: "two networks: only the first differs", a: descriptor([3], [1]), b: descriptor([0, 4], [1]), expected: 5 },
    { what: "two networks: only the second differs, by a right angle", a: descriptor([1], [1]), b: descriptor([1], [0, 1]), expected: 1 },
    { what: "two networks: the second is the opposite", a: descriptor([1], [1]), b: descriptor([1], [-1]), expected: 2 },
    { what: "two networks: both differ", a: descriptor([3], [1]), b: descriptor([0, 4], [0.6, 0.8]), expected: 5.4 },
    { what: "two networks: the length of the second does not count", a: descriptor([1], [2]), b: descriptor([1], [0.6, 0.8]), expected: 0.4 },
    { what: "two networks: nothing of the second is known", a: descriptor([1], []), b: descriptor([1], [1]), expected: 1 },
  ])("$what", ({ a, b, expected }) => {
    expect(distance(a, b)).toBeCloseTo(expected, 12);
    expect(distance(b, a)).toBe(distance(a, b));
  });

  it.each([
    { a: 128, b: 256, error: "descriptors of 128 and 256 numbers cannot be compared" },
    { a: 256, b: 128, error: "descriptors of 256 and 128 numbers cannot be compared" },
    { a: 0, b: 0, error: "a descriptor has 128 or 256 numbers, not 0" },
    { a: 1024, b: 1024, error: "a descriptor has 128 or 256 numbers, not 1024" },
  ])("is refused for $a and $b numbers", ({ a, b, error }) => {
    const compare = () => distance(Array<number>(a).fill(0.1), Array<number>(b).fill(0.1));
    expect(compare).toThrow(RangeError);
    expect(compare).toThrow(error);
  });
});

it("is never below 0, however the numbers are rounded", () => {
  for (let seed = 1; seed < 200; seed++) {
    const face = Array.from({ length: 256 }, (_, i) => Math.fround(Math.sin(seed * (i + 1)) / 7));
    expect(distance(face, face)).toBeGreaterThanOrEqual(0);
  }
});
