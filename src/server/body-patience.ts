import type { Request } from "express";
import { BodyLate, type Failure } from "../errors.js";

export interface BodyPatience {
  /** Milliseconds until all of a body has to be there. */
  whole: number;
  /** The longest that nothing of it may come, milliseconds. */
  silence: number;
}

/** Bodies have at most MAX_EVENT_BYTES: 1 MiB needs 10 s over a line of 1 Mbit/s. */
const PATIENCE: BodyPatience = { whole: 10_000, silence: 5_000 };

/** Aborts with a Failure when a request's body is not waited for any more; `end` has to be called. */
export function bodyLimit(request: Request, impatient: AbortSignal, { whole, silence } = PATIENCE): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const after = (milliseconds: number, message: string) => setTimeout(() => controller.abort(new BodyLate(message)), milliseconds);
  const timers = [after(whole, `the body did not arrive within ${whole / 1000} s`), after(silence, `nothing of the body came for ${silence / 1000} s`)];
  const hurry = () => controller.abort(impatient.reason as Failure);
  request.on("data", () => timers[1].refresh());
  impatient.addEventListener("abort", hurry);
  if (impatient.aborted) hurry();
  return {
    signal: controller.signal,
    end() {
      timers.forEach(clearTimeout);
      impatient.removeEventListener("abort", hurry);
    },
  };
}
