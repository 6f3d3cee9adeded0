import type { Point } from "./geometry.js";
import { tenth } from "./result.js";

/** How a head is held, degrees to 0.1; all 0: upright, looking into the camera. */
export interface Pose {
  /** Positive: turned clockwise in the picture. */
  roll: number;
  /** Positive: looks to the picture's right. */
  yaw: number;
  /** Positive: looks up. */
  pitch: number;
}

type Vector = [number, number, number];

/**
 * An average head, in about millimetres from the middle of the line between the outer eye corners: x to the picture's
 * right, y down, z away from the camera. x and y are the mean of 30 faces (our sample and test photos) that look about
 * into the camera, as the landmark network marks them, made symmetric and scaled to outer eye corners 90 apart: so
 * pitch 0 is what those faces do on average. z is estimated, not measured: yaw and pitch are no better than that.
 * Chin, jaw and brows are left out: they move with the expression.
 */
const HEAD: { landmark: number; at: Vector }[] = [
  { landmark: 36, at: [-45, 0, 20] },
  { landmark: 39, at: [-20, 1.7, 8] },
  { landmark: 42, at: [20, 1.7, 8] },
  { landmark: 45, at: [45, 0, 20] },
  { landmark: 27, at: [0, 2.6, -2] },
  { landmark: 30, at: [0, 38.6, -22] },
  { landmark: 31, at: [-12.7, 44.9, -4] },
  { landmark: 33, at: [0, 48.5, -9] },
  { landmark: 35, at: [12.7, 44.9, -4] },
  { landmark: 48, at: [-29.6, 66.5, 5] },
  { landmark: 54, at: [29.6, 66.5, 5] },
];

const CENTRE = HEAD.reduce<Vector>((sum, { at }) => at.map((v, i) => sum[i] + v / HEAD.length) as Vector, [0, 0, 0]);
const CENTRED = HEAD.map(({ at }) => at.map((v, i) => v - CENTRE[i]) as Vector);

/**
 * The head's pose from the 68 points of the iBUG annotation.
 * Method: the scaled orthographic projection of an average head that comes nearest to the points. The least-squares
 * affine projection is found first, then the nearest pair of orthonormal rows (DeMenthon and Davis, "Model-based
 * object pose in 25 lines of code", 1995, first iteration).
 */
export function poseFrom68(points: Point[]): Pose {
  const rows = affineProjection(HEAD.map(({ landmark }) => points[landmark]));
  const [first, second] = orthonormal(rows);
  const third = cross(first, second);
  // Rows of the rotation; it is roll about z after yaw about y after pitch about x. With y down and z away from the
  // camera, the face looks along the negative third column: hence the signs.
  return {
    roll: degrees(Math.atan2(second[0], first[0])),
    yaw: degrees(Math.asin(Math.min(1, Math.max(-1, third[0])))),
    pitch: degrees(Math.atan2(-third[1], third[2])),
  };
}

/** The two rows of the 2x3 matrix that takes the centred head nearest to the points, about the points' mean. */
function affineProjection(points: Point[]): [Vector, Vector] {
  const inverse = inverseOf(CENTRED.reduce((sum, v) => sum.map((row, i) => row.map((x, k) => x + v[i] * v[k]) as Vector), zeros()));
  const row = (axis: 0 | 1): Vector => {
    const mean = points.reduce((sum, point) => sum + point[axis], 0) / points.length;
    const moment = CENTRED.reduce<Vector>((sum, v, i) => sum.map((x, k) => x + v[k] * (points[i][axis] - mean)) as Vector, [0, 0, 0]);
    return inverse.map((line) => dot(line, moment)) as Vector;
  };
  return [row(0), row(1)];
}

/** The orthonormal rows nearest to two rows: (M·Mᵀ)^(-1/2)·M, with the square root of the 2x2 matrix written out. */
function orthonormal([m, n]: [Vector, Vector]): [Vector, Vector] {
  const [a, b, d] = [dot(m, m), dot(m, n), dot(n, n)];
  const root = Math.sqrt(Math.max(a * d - b * b, Number.MIN_VALUE));
  const trace = Math.sqrt(a + d + 2 * root);
  const weigh = (u: number, v: number) => m.map((x, i) => (u * x + v * n[i]) / (root * trace)) as Vector;
  return [weigh(d + root, -b), weigh(-b, a + root)];
}

function zeros(): Vector[] {
  return [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
}

/** Of a symmetric matrix. */
function inverseOf([p, q, r]: Vector[]): Vector[] {
  const [u, v, w] = [cross(q, r), cross(r, p), cross(p, q)];
  const determinant = dot(p, u);
  return [u, v, w].map((row) => row.map((x) => x / determinant) as Vector);
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function degrees(radians: number): number {
  return tenth((radians * 180) / Math.PI);
}
