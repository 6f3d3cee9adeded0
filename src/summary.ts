import type { AnalyzedData, FailedData } from "./events/result-schema.js";

/** One line for a person: `3 faces in photos/team.jpg (642 ms)`. */
export function summaryOf(data: Pick<AnalyzedData, "image" | "faces" | "timings"> | Pick<FailedData, "image" | "error">): string {
  const { bucket, key } = data.image;
  const name = bucket ? `${bucket}/${key}` : key;
  if ("error" in data) return `failed ${name}: ${data.error.code}: ${data.error.message}`;
  const count = data.faces.length;
  return `${count === 0 ? "no faces" : count === 1 ? "1 face" : `${count} faces`} in ${name} (${data.timings.total} ms)`;
}
