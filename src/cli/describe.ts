import type { AnalyzedData, FailedData } from "../events/result-schema.js";
import type { Face } from "../faces/face.js";
import { summaryOf } from "../summary.js";

/** A result for people at a terminal: the summary and a line for each face. */
export function describeResult(data: Pick<AnalyzedData, "image" | "faces" | "timings"> | Pick<FailedData, "image" | "error">): string {
  const faces = "faces" in data ? data.faces.map((face) => `  ${describeFace(face)}`) : [];
  return `${[summaryOf(data), ...faces].join("\n")}\n`;
}

function describeFace({ box, score, pose, quality, person }: Face): string {
  const parts = [`${Math.round(box.width)}×${Math.round(box.height)} px at ${Math.round(box.x)},${Math.round(box.y)}`, `score ${score.toFixed(2)}`];
  if (pose) parts.push(`turned ${Math.round(pose.yaw)}°, tilted ${Math.round(pose.roll)}°`);
  if (quality !== undefined) parts.push(`quality ${quality.toFixed(2)}`);
  if (person !== undefined) parts.unshift(person?.name ?? "unknown");
  return parts.join(" · ");
}
