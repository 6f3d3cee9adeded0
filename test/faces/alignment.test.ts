import { apply, chipPlacement, fitSimilarity, inverse, squarePlacement, tiltOf } from "../../src/faces/alignment.js";
import type { Point } from "../../src/faces/geometry.js";
import { mirrorSquares, sampleSquare } from "../../src/faces/sampling.js";
import type { Raster } from "../../src/image/picture.js";

const TRIANGLE: Point[] = [[0, 0], [10, 0], [0, 5]];
/** Clockwise on the screen, as y points down. */
function moved(points: Point[], { turn = 0, scale = 1, by = [0, 0] as Point }): Point[] {
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180) * scale, Math.sin((turn * Math.PI) / 180) * scale];
  return points.map(([x, y]) => [cos * x - sin * y + by[0], sin * x + cos * y + by[1]]);
}

describe("the least-squares similarity", () => {
  it.each([
    { name: "identity", how: {} },
    { name: "shift", how: { by: [3, -4] as Point } },
    { name: "quarter turn", how: { turn: 90 } },
    { name: "turn, scale and shift", how: { turn: -33, scale: 2.5, by: [100, 7] as Point } },
  ])("finds a known $name", ({ how }) => {
    const target = moved(TRIANGLE, how);
    const found = fitSimilarity(TRIANGLE, target);
    for (const [i, point] of TRIANGLE.entries()) {
      const [x, y] = apply(found, point);
      expect(x).toBeCloseTo(target[i][0]);
      expect(y).toBeCloseTo(target[i][1]);
    }
  });

  it("evens out noise, and never mirrors", () => {
    const found = fitSimilarity([[0, 0], [2, 0], [2, 2], [0, 2]], [[0.1, 0], [1.9, 0], [2.1, 2], [-0.1, 2]]);
    expect(found).toEqual({ a: expect.closeTo(1), b: expect.closeTo(0), tx: expect.closeTo(0), ty: expect.closeTo(0) });
    const mirrored = fitSimilarity(TRIANGLE, TRIANGLE.map(([x, y]) => [-x, y]));
    expect(mirrored.a ** 2 + mirrored.b ** 2).toBeLessThan(1);
  });

  it("has an inverse that takes every point back", () => {
    const there = { a: 1.5, b: -0.7, tx: 20, ty: -3 };
    for (const point of TRIANGLE) {
      const [x, y] = apply(inverse(there), apply(there, point));
      expect([x, y]).toEqual([expect.closeTo(point[0]), expect.closeTo(point[1])]);
    }
  });

  it("needs two different points", () => {
    expect(() => fitSimilarity([[1, 1], [1, 1]], TRIANGLE)).toThrow(RangeError);
  });
});

describe("dlib's chip", () => {
  // Eye corners and nose base of a face that needs no alignment: dlib's mean face in the 150x150 chip.
  const inChip: Record<number, Point> = {
    45: [110.96, 46.35], 42: [89.61, 47.9], 36: [37.06, 46.37], 39: [58.41, 47.91], 33: [74.01, 87.78],
  };
  const landmarks = Array.from({ length: 68 }, (_, i): Point => inChip[i] ?? [0, 0]);

  it("lies on the picture where the face lies like the mean face", () => {
    expect(chipPlacement(landmarks)).toEqual({ a: expect.closeTo(1, 2), b: expect.closeTo(0, 2), tx: expect.closeTo(0, 1), ty: expect.closeTo(0, 1) });
  });

  it("turns, grows and moves with the face", () => {
    const placement = chipPlacement(moved(landmarks, { turn: 20, scale: 3, by: [500, 200] }));
    expect(Math.hypot(placement.a, placement.b)).toBeCloseTo(3, 2);
    expect((Math.atan2(placement.b, placement.a) * 180) / Math.PI).toBeCloseTo(20, 1);
    expect(apply(placement, [0, 0])[0]).toBeCloseTo(500, 0);
  });
});

describe("sampling a square", () => {
  const raster = (width: number, height: number, value: (x: number, y: number) => number): Raster => {
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++) data.set([value(i % width, Math.floor(i / width)), i % 256, 7], i * 3);
    return { data, width, height };
  };
  const sampled = (source: Raster, placement: Parameters<typeof sampleSquare>[1], size: number) => {
    const planes = new Float32Array(3 * size * size);
    sampleSquare(source, placement, size, planes);
    return planes;
  };

  it("without scale or shift copies the pixels, channel by channel", () => {
    const planes = sampled(raster(4, 4, (x, y) => 10 * y + x), { a: 1, b: 0, tx: 0, ty: 0 }, 4);
    expect([...planes.subarray(0, 16)]).toEqual([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33]);
    expect([...planes.subarray(16, 20)]).toEqual([0, 1, 2, 3]);
    expect(planes[47]).toBe(7);
  });

  it("by a quarter turn turns them", () => {
    const planes = sampled(raster(3, 3, (x, y) => 10 * y + x), { a: 0, b: 1, tx: 3, ty: 0 }, 3);
    expect([...planes.subarray(0, 9)]).toEqual([2, 12, 22, 1, 11, 21, 0, 10, 20]);
  });

  it("of a fine pattern gives its mean, not a moiré", () => {
    const stripes = raster(400, 400, (x) => (x % 2 ? 200 : 100));
    for (const scale of [3, 3.7, 8.2]) {
      const planes = sampled(stripes, { a: scale, b: 0, tx: 40, ty: 40 }, 20);
      for (const value of planes.subarray(0, 400)) expect(Math.abs(value - 150)).toBeLessThan(20);
    }
  });

  it("keeps places when it shrinks: a ramp stays a ramp", () => {
    const planes = sampled(raster(250, 250, (x) => x), { a: 5.3, b: 0, tx: 10, ty: 10 }, 40);
    for (let x = 0; x < 40; x++) expect(planes[20 * 40 + x]).toBeCloseTo(5.3 * (x + 0.5) + 10 - 0.5, 0);
  });

  it.each([[1], [4.4]])("is black outside the picture (at scale %f)", (scale) => {
    const planes = sampled(raster(100, 100, () => 200), { a: scale, b: 0, tx: -50 * scale, ty: 0 }, 100);
    expect(planes[0]).toBe(0);
    expect(planes[60]).toBeCloseTo(200);
    expect(sampled(raster(9, 9, () => 200), { a: scale, b: 0, tx: 900, ty: 900 }, 9)[0]).toBe(0);
  });

  it.each([
    { size: 2, expected: [2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11] },
    { size: 3, expected: [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10] },
  ])("mirrored has left and right swapped in every row of $size, also in the same memory", ({ size, expected }) => {
    const planes = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const mirrored = new Float32Array(12);
    mirrorSquares(planes, size, mirrored);
    mirrorSquares(planes, size, planes);
    expect([[...mirrored], [...planes]]).toEqual([expected, expected]);
  });
});

describe("a face's tilt, by five points", () => {
  /** As the detector sees an upright face, a little off the average. */
  const FACE: Point[] = [[100, 120], [161, 119], [131, 150], [106, 183], [156, 184]];
  const tilt = (points: Point[]) => {
    const [leftEye, rightEye, nose, mouthLeft, mouthRight] = points;
    return (tiltOf({ leftEye, rightEye, nose, mouthLeft, mouthRight }) * 180) / Math.PI;
  };

  it.each([0, 20, -30, 90, 170])("is found at %i degrees, whatever the size and the place", (turn) => {
    expect(Math.abs(tilt(moved(FACE, { turn, scale: 0.3, by: [900, -40] })) - turn)).toBeLessThan(1.5);
  });

  it("of a head turned sideways is not mistaken for its turn", () => {
    expect(Math.abs(tilt(FACE.map(([x, y]) => [x * 0.4, y])))).toBeLessThan(3);
  });
});

describe("the square about a box", () => {
  const BOX = { x: 10, y: 20, width: 40, height: 60 };
  it.each([
    { angle: 0, corners: [[0, 20], [60, 20], [0, 80]] },
    { angle: 90, corners: [[60, 20], [60, 80], [0, 20]] },
    { angle: 180, corners: [[60, 80], [0, 80], [60, 20]] },
  ])("turned by $angle degrees has its corners where they belong, its middle stays", ({ angle, corners }) => {
    const placement = squarePlacement(BOX, 224, (angle * Math.PI) / 180);
    for (const [i, corner] of ([[0, 0], [224, 0], [0, 224]] as Point[]).entries()) {
      const [x, y] = apply(placement, corner);
      expect(x).toBeCloseTo(corners[i][0]);
      expect(y).toBeCloseTo(corners[i][1]);
    }
    expect(apply(placement, [112, 112])).toEqual([expect.closeTo(30), expect.closeTo(50)]);
  });
});
