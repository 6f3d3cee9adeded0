import type { Verdict } from "./verdict.js";

/** What a chaos run came to. */
export interface Report extends Verdict {
  seed: number;
  photos: number;
  seconds: number;
  /** By SIGKILL, by SIGTERM. */
  kills: { hard: number; soft: number };
  /** Deliveries of photos' events that were let in. */
  deliveries: number;
  /** Answers that had the Broker try again, by code. */
  refused: Record<string, number>;
  ossFaults: number;
  sinkFailed: Record<string, number>;
  /** Times that the Broker's ingress did not take an event, so that it was sent once more. */
  sentAgain: number;
  /** Events that the Broker gave up. */
  deadLetters: number;
}

const MOST_SHOWN = 50;

export function reportText({ seed, photos, seconds, kills, deliveries, refused, sinkFailed, ossFaults, sentAgain, deadLetters, duplicates, wrong }: Report): string {
  return [
    `photos      ${photos} in ${Math.round(seconds)} s, seed ${seed}`,
    `kills       ${kills.hard} by SIGKILL, ${kills.soft} by SIGTERM`,
    `faults      OSS ${ossFaults}; K_SINK ${counts(sinkFailed)}`,
    `deliveries  ${deliveries} let in, ${deliveries - photos} of them again; sent back for a retry: ${counts(refused)}`,
    `given up    ${deadLetters} by the Broker; sent to its ingress again: ${sentAgain}`,
    `duplicates  ${counts(duplicates)} (by source and id)`,
    ...wrong.slice(0, MOST_SHOWN).map((line) => `WRONG       ${line}`),
    wrong.length === 0 ? "every photo has exactly one result, and it is right" : `${wrong.length} are wrong`,
    "",
  ].join("\n");
}

const counts = (of: Record<string, number>) => Object.entries(of).map(([name, count]) => `${name} ${count}`).join(", ") || "none";
