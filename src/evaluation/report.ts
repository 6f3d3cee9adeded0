import type { RunFigures } from "./run.js";

/** `103 pictures in 3.1 s, 33.2 pictures a second; 2 failed`. */
export function runText({ pictures, failed, seconds, picturesPerSecond }: RunFigures): string {
  return `${pictures} ${pictures === 1 ? "picture" : "pictures"} in ${seconds.toFixed(1)} s, ${picturesPerSecond.toFixed(1)} pictures a second${failed.length > 0 ? `; ${failed.length} failed` : ""}`;
}

/** A share to three decimals, or a dash. */
export function shareText(share: number | null): string {
  return share === null ? "–" : share.toFixed(3);
}

const MOST_NAMED = 5;

/** ` (a.jpg, b.jpg, …)`, the first few; nothing where there are none. */
export function named(files: string[]): string {
  if (files.length === 0) return "";
  return ` (${files.slice(0, MOST_NAMED).join(", ")}${files.length > MOST_NAMED ? ", …" : ""})`;
}
