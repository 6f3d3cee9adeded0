/** x, y. */
export type Point = [number, number];

/** Left, top, width, height. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What a detector says of one face; left is the picture's left. */
export interface Detection {
  box: Box;
  /** 0..1 */
  score: number;
  points: { leftEye: Point; rightEye: Point; nose: Point; mouthLeft: Point; mouthRight: Point };
}

export function area({ width, height }: Box): number {
  return width * height;
}

export function centre({ x, y, width, height }: Box): Point {
  return [x + width / 2, y + height / 2];
}

export function longerSide({ width, height }: Box): number {
  return Math.max(width, height);
}

/** Whether a point lies in a box: its left and top edges belong to it, the others do not. */
export function holds(box: Box, [x, y]: Point): boolean {
  return x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
}

/** Intersection over union of two boxes, 0..1. */
export function overlap(a: Box, b: Box): number {
  const common = intersection(a, b);
  return common > 0 ? common / (area(a) + area(b) - common) : 0;
}

/** The share of a box that lies in another, 0..1. */
export function inside(box: Box, other: Box): number {
  const common = intersection(box, other);
  return common > 0 ? common / area(box) : 0;
}

function intersection(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

/**
 * Non-maximum suppression: of detections that overlap by `threshold` or more only the best-scored one stays.
 * @returns groups, best first; in each the one that stays comes first, then those that it suppressed, best first
 */
export function suppress<T extends { box: Box; score: number }>(found: T[], threshold: number): [T, ...T[]][] {
  const groups: [T, ...T[]][] = [];
  for (const one of [...found].sort((a, b) => b.score - a.score)) {
    const group = groups.find(([best]) => overlap(one.box, best.box) >= threshold);
    if (group) group.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** The part of a box that lies in a picture of this size. */
export function clip(box: Box, width: number, height: number): Box {
  const x = Math.min(Math.max(box.x, 0), width);
  const y = Math.min(Math.max(box.y, 0), height);
  const right = Math.min(Math.max(box.x + box.width, 0), width);
  const bottom = Math.min(Math.max(box.y + box.height, 0), height);
  return { x, y, width: right - x, height: bottom - y };
}

/** The square on the longer side of a box, about the same centre. */
export function squareOf({ x, y, width, height }: Box): Box {
  const side = Math.max(width, height);
  return { x: x + (width - side) / 2, y: y + (height - side) / 2, width: side, height: side };
}
