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

/** Intersection over union of two boxes, 0..1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (area(a) + area(b) - width * height);
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
