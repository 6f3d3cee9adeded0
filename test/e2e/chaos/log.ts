import type { LogLine } from "../../kit/service-process.js";
import { PHOTO } from "./photos.js";

/** What the instances' log lines come to. */
export function readLog() {
  let deliveries = 0;
  const first: LogLine[] = [];
  const refused: Record<string, number> = {};
  const skipped = new Map<string, Set<string>>();
  return {
    /** The lines before the first photo. */
    first,
    refused,
    skipped,
    deliveries: () => deliveries,
    each(line: LogLine) {
      const { event, outcome, code = "", what = "", reason = "" } = line;
      if (event?.id.startsWith(PHOTO)) deliveries++;
      else if (deliveries === 0) first.push(line);
      if (outcome === "skipped") skipped.set(what, (skipped.get(what) ?? new Set()).add(reason));
      if (outcome === "retry" || outcome === "busy" || outcome === "draining") refused[code] = (refused[code] ?? 0) + 1;
    },
  };
}
