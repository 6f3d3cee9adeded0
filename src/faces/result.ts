import type { Face } from "./face.js";
import type { Box, Detection, Point } from "./geometry.js";

/** To 0.1: pixels, degrees, years. */
export function tenth(value: number): number {
  return round(value, 1);
}

/** Within 0..1: scores and other shares, to 4 decimals where no fewer are asked for. */
export function shareOf(value: number, decimals = 4): number {
  return Math.min(1, Math.max(0, round(value, decimals)));
}

/** Pixels of the working picture as pixels of the full one. */
export function toFull({ x, y, width, height }: Box, scale: number): Box {
  return { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
}

/** The edges are rounded, not the sizes: a clipped box stays within the picture. */
export function boxOf({ x, y, width, height }: Box): Face["box"] {
  const [left, top] = [tenth(x), tenth(y)];
  return { x: left, y: top, width: tenth(tenth(x + width) - left), height: tenth(tenth(y + height) - top) };
}

/** @param scale pixels of the full picture for one of those the points are given in */
export function pointsOf({ leftEye, rightEye, nose, mouthLeft, mouthRight }: Detection["points"], scale: number): Face["points"] {
  const full = ([x, y]: Point): Point => [tenth(x * scale), tenth(y * scale)];
  return { leftEye: full(leftEye), rightEye: full(rightEye), nose: full(nose), mouthLeft: full(mouthLeft), mouthRight: full(mouthRight) };
}

export function expressionsOf(shares: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(shares).map(([name, value]) => [name, shareOf(value)]));
}

/** To 6 decimals: far below what tells two photos of one person apart. */
export function descriptorOf(numbers: number[]): number[] {
  return numbers.map((value) => round(value, 6));
}

/** Never -0, which JSON writes as 0 but equality tests tell apart. */
function round(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor + 0;
}
