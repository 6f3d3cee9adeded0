import { squareOf, type Box, type Detection, type Point } from "./geometry.js";

/** Turns, scales and moves without shearing: (x, y) becomes (a·x - b·y + tx, b·x + a·y + ty). */
export interface Similarity {
  a: number;
  b: number;
  tx: number;
  ty: number;
}

export function apply({ a, b, tx, ty }: Similarity, [x, y]: Point): Point {
  return [a * x - b * y + tx, b * x + a * y + ty];
}

/**
 * The similarity that takes `from` to `to` with the least sum of squared distances.
 * In the plane Umeyama's solution ("Least-squares estimation of transformation parameters between two point
 * patterns", 1991) without reflection is the complex number (a + bi) of a linear regression.
 * @throws RangeError where fewer than two different points leave turn and scale open
 */
export function fitSimilarity(from: Point[], to: Point[]): Similarity {
  const [fx, fy] = mean(from);
  const [gx, gy] = mean(to);
  let spread = 0;
  let a = 0;
  let b = 0;
  for (const [i, [x, y]] of from.entries()) {
    const [u, v] = [x - fx, y - fy];
    const [s, t] = [to[i][0] - gx, to[i][1] - gy];
    spread += u * u + v * v;
    a += u * s + v * t;
    b += u * t - v * s;
  }
  if (spread === 0) throw new RangeError("a similarity needs two different points");
  a /= spread;
  b /= spread;
  return { a, b, tx: gx - a * fx + b * fy, ty: gy - b * fx - a * fy };
}

/** An average upright face in shares of its box, from the box's middle: only directions count. */
const UPRIGHT: Record<keyof Detection["points"], Point> = {
  leftEye: [-0.21, -0.17],
  rightEye: [0.21, -0.17],
  nose: [0, 0.06],
  mouthLeft: [-0.17, 0.28],
  mouthRight: [0.17, 0.28],
};

/** How far a face is tilted in its picture by a detector's five points: radians, clockwise as one sees it. */
export function tiltOf(points: Detection["points"]): number {
  const names = Object.keys(UPRIGHT) as (keyof Detection["points"])[];
  const { a, b } = fitSimilarity(names.map((name) => UPRIGHT[name]), names.map((name) => points[name]));
  return Math.atan2(b, a);
}

/**
 * The square on the longer side of a box, turned about its middle: takes pixels of a square of `size` to pixels of the
 * picture that the box is given in.
 * @param angle radians, clockwise as one sees it
 */
export function squarePlacement(box: Box, size: number, angle: number): Similarity {
  const { x, y, width } = squareOf(box);
  const half = width / 2;
  const a = (Math.cos(angle) * width) / size;
  const b = (Math.sin(angle) * width) / size;
  return { a, b, tx: x + half - ((a - b) * size) / 2, ty: y + half - ((a + b) * size) / 2 };
}

/** The way back: what `apply` moved returns. */
export function inverse({ a, b, tx, ty }: Similarity): Similarity {
  const square = a * a + b * b;
  const [c, d] = [a / square, -b / square];
  return { a: c, b: d, tx: -(c * tx - d * ty), ty: -(d * tx + c * ty) };
}

/** Side of the chip that the descriptor model sees, pixels. */
export const CHIP_SIZE = 150;

/** What dlib's models of faces were trained with: a quarter of the face's size on every side. */
const PADDING = 0.25;

/**
 * dlib's mean face: where five of the 68 points (iBUG numbers from 0) lie, as shares of the unpadded chip.
 * The picture's right eye (outer and inner corner), its left eye, the base of the nose.
 */
const CHIP_POINTS: { landmark: number; at: Point }[] = [
  { landmark: 45, at: [0.8596, 0.2135] },
  { landmark: 42, at: [0.6461, 0.229] },
  { landmark: 36, at: [0.1206, 0.2137] },
  { landmark: 39, at: [0.3341, 0.2291] },
  { landmark: 33, at: [0.4901, 0.6278] },
];

/**
 * Where a face's chip lies in its picture: takes pixels of the 150x150 chip to pixels of the picture that the
 * 68 landmarks are given in.
 */
export function chipPlacement(landmarks: Point[]): Similarity {
  const inChip = CHIP_POINTS.map(({ at }) => at.map((share) => ((PADDING + share) / (1 + 2 * PADDING)) * CHIP_SIZE) as Point);
  return fitSimilarity(inChip, CHIP_POINTS.map(({ landmark }) => landmarks[landmark]));
}

/** The middle of some points. */
export function mean(points: readonly Point[]): Point {
  const sum = points.reduce<Point>(([x, y], [u, v]) => [x + u, y + v], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}
