import type { Failure } from "../errors.js";
import type { Log } from "../telemetry/log.js";

/** Of each reason one line in this time, milliseconds: a flood of bad tokens must not bury the events in the log. */
const SILENCE = 60_000;

/**
 * Writes the first refusal for a reason at once, and how many followed it with the next one after a while.
 * @param now milliseconds, of no time of day: that may be put back; tests set it
 */
export function noteRefusals(log: Pick<Log, "line">, now = () => performance.now()): (failure: Failure) => void {
  const noted = new Map<string, { at: number; unsaid: number }>();
  return ({ code, message, retry }) => {
    const last = noted.get(message);
    if (last && now() - last.at < SILENCE) {
      last.unsaid += 1;
      return;
    }
    noted.set(message, { at: now(), unsaid: 0 }); // few: every message is one of ours
    const more = last?.unsaid ? ` (and ${last.unsaid} times since the last such line)` : "";
    log.line("warn", `${retry ? "retry" : "rejected"}: ${code}: ${message}${more}`);
  };
}
