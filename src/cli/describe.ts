import type { Face } from "../faces/face.js";
import { type Summarised, summaryOf } from "../summary.js";
import { asLines } from "./output.js";

/** A result for people at a terminal: the summary and a line for each face. */
export function describeResult(data: Summarised): string {
  const faces = "faces" in data ? data.faces : "face" in data ? [data.face] : [];
  return asLines([summaryOf(data), ...faces.map((face) => `  ${describeFace(face)}`)]);
}

function describeFace({ box, score, pose, quality, age, gender, expressions, person }: Face): string {
  const parts = [`${Math.round(box.width)}×${Math.round(box.height)} px at ${Math.round(box.x)},${Math.round(box.y)}`, `score ${score.toFixed(2)}`];
  if (pose) parts.push(`turned ${Math.round(pose.yaw)}°, tilted ${Math.round(pose.roll)}°`);
  if (quality !== undefined) parts.push(`quality ${quality.toFixed(2)}`);
  if (age !== undefined) parts.push(`about ${Math.round(age)} years`);
  if (gender !== undefined) parts.push(`${gender.value} (${gender.score.toFixed(2)})`);
  if (expressions !== undefined) parts.push(strongest(expressions));
  if (person !== undefined) parts.unshift(person ? `${person.name} (${person.distance.toFixed(2)} away)` : "unknown");
  return parts.join(" · ");
}

function strongest(expressions: NonNullable<Face["expressions"]>): string {
  const [[name, share]] = Object.entries(expressions).sort(([, a], [, b]) => b - a);
  return `${name} (${share.toFixed(2)})`;
}
