import type { Picture } from "../../image/picture.js";
import type { Face } from "../face.js";

export type Point = [number, number];

/** Pixels of the working picture. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A box in pixels of the full picture, clipped to it. */
export function fullBox({ x, y, width, height }: Box, { info, scale }: Picture): Face["box"] {
  const clip = (value: number, most: number) => tenth(Math.min(Math.max(value * scale, 0), most));
  const [left, top] = [clip(x, info.width), clip(y, info.height)];
  const [right, bottom] = [clip(x + width, info.width), clip(y + height, info.height)];
  return { x: left, y: top, width: tenth(right - left), height: tenth(bottom - top) };
}

/** A point in pixels of the full picture. It may lie outside: a face at the border is cut off, its points are not. */
export function fullPoint([x, y]: Point, { scale }: Picture): Point {
  return [tenth(x * scale), tenth(y * scale)];
}

/** Eyes, nose tip and mouth corners of the 68 points (iBUG annotation); left is the picture's left. */
export function fivePoints(points: readonly Point[]): Face["points"] {
  return {
    leftEye: mean(points.slice(36, 42)),
    rightEye: mean(points.slice(42, 48)),
    nose: points[30],
    mouthLeft: points[48],
    mouthRight: points[54],
  };
}

function mean(points: readonly Point[]): Point {
  const sum = (axis: 0 | 1) => points.reduce((total, point) => total + point[axis], 0);
  return [tenth(sum(0) / points.length), tenth(sum(1) / points.length)];
}

/** To 0.1. */
export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A score or probability, within 0..1 and to four digits: TensorFlow's sums of float32 may leave the range. */
export function share(value: number): number {
  return Math.round(Math.min(Math.max(value, 0), 1) * 1e4) / 1e4;
}
