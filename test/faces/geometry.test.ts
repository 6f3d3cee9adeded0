import { clip, overlap, squareOf, suppress } from "../../src/faces/geometry.js";

const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

describe("overlap (intersection over union)", () => {
  it.each([
    ["the same box", box(0, 0, 10, 10), 1],
    ["half of it", box(5, 0, 10, 10), 1 / 3],
    ["a box inside", box(0, 0, 5, 10), 0.5],
    ["a neighbour that touches", box(10, 0, 10, 10), 0],
    ["one far away", box(90, 90, 10, 10), 0],
  ])("%s", (_, other, expected) => {
    expect(overlap(box(0, 0, 10, 10), other)).toBeCloseTo(expected);
    expect(overlap(other, box(0, 0, 10, 10))).toBeCloseTo(expected);
  });
});

describe("non-maximum suppression", () => {
  it("groups what overlaps under the best, best first, and leaves every face on its own", () => {
    const found = [
      { box: box(1, 0, 10, 10), score: 0.7 },
      { box: box(0, 0, 10, 10), score: 0.9 },
      { box: box(50, 0, 10, 10), score: 0.8 },
      { box: box(51, 1, 10, 10), score: 0.6 },
      { box: box(5, 6, 10, 10), score: 0.5 }, // overlaps the first by 0.11 only: a neighbour in a crowd
    ];
    expect(suppress(found, 0.3).map((group) => group.map(({ score }) => score))).toEqual([[0.9, 0.7], [0.8, 0.6], [0.5]]);
  });

  it("does not let a suppressed box suppress others", () => {
    const chain = [0, 4, 8].map((x, i) => ({ box: box(x, 0, 10, 10), score: 0.9 - i / 10 }));
    expect(suppress(chain, 0.3).map(([{ box: { x } }]) => x)).toEqual([0, 8]);
  });
});

it("boxes are clipped to the picture", () => {
  expect(clip(box(-5, 10, 20, 100), 100, 50)).toEqual(box(0, 10, 15, 40));
  expect(clip(box(10, 10, 20, 20), 100, 50)).toEqual(box(10, 10, 20, 20));
  expect(clip(box(200, 0, 20, 20), 100, 50)).toMatchObject({ width: 0 });
});

it("the square of a box stands on its longer side, about its centre", () => {
  expect(squareOf(box(10, 10, 20, 40))).toEqual(box(0, 10, 40, 40));
  expect(squareOf(box(10, 10, 40, 20))).toEqual(box(10, 0, 40, 40));
});
