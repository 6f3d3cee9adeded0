import type { AnalyzedData, EnrolledData, FailedData, ForgottenData, RefusedData } from "./events/result-schema.js";
import type { Face } from "./faces/face.js";

/** What a summary needs to know of a result. */
export type Summarised =
  | Pick<AnalyzedData, "image" | "faces" | "timings">
  | Pick<FailedData, "image" | "error">
  | Pick<EnrolledData, "image" | "person" | "change" | "face" | "warnings">
  | Pick<RefusedData, "image" | "reason" | "message">
  | Pick<ForgottenData, "image" | "person">;

/** One line for a person: `3 faces in photos/team.jpg: 王芳, Bob, unknown (642 ms)`. */
export function summaryOf(data: Summarised): string {
  const { bucket, key } = data.image;
  const name = bucket ? `${bucket}/${key}` : key;
  if ("error" in data) return `failed ${name}: ${data.error.code}: ${data.error.message}`;
  if ("reason" in data) return `refused ${name}: ${data.reason}: ${data.message}`;
  if ("faces" in data) return `${counted(data.faces.length, "face")} in ${name}${namesIn(data.faces)} (${data.timings.total} ms)`;
  const { person } = data;
  if (!("change" in data)) return `forgot ${person.name} from ${name}: ${person.photos === 0 ? "nothing of them is left" : `${counted(person.photos, "photo")} left`}`;
  const doubts = data.warnings.map(({ message }) => `; warning: ${message}`).join("");
  return `enrolled ${person.name} from ${name}: ${counted(person.photos, "photo")}${data.change === "enrolled" ? "" : ` (${data.change})`}${doubts}`;
}

/** Who is in the photo, the largest face first; nothing where nobody is recognised at all. */
function namesIn(faces: readonly Face[]): string {
  if (!faces.some(({ person }) => person !== undefined) || faces.length === 0) return "";
  const names = faces.flatMap(({ person }) => person?.name ?? []);
  const strangers = faces.length - names.length;
  return `: ${[...names, ...(strangers > 0 ? [strangers === 1 ? "unknown" : `${strangers} unknown`] : [])].join(", ")}`;
}

/** `no photos`, `1 photo`, `2 photos`. */
export function counted(count: number, thing: string): string {
  return count === 0 ? `no ${thing}s` : count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}
