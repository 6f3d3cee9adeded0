import { setTimeout as wait } from "node:timers/promises";
import { SinkFailed } from "../errors.js";
import { type EncodedEvent, encodeReply } from "./reply.js";
import type { ResultEvent } from "./result.js";
import { retryAfter } from "./retry-after.js";

export interface SinkOptions {
  /** K_SINK. */
  url: string;
  /** The extensions of K_CE_OVERRIDES. Core attributes cannot be overridden: such entries have no effect. */
  overrides?: Record<string, string>;
  /** How long one try may take, milliseconds. */
  deadline: number;
  /** How often a try that failed is repeated. */
  retries: number;
  /** The first pause between tries, milliseconds; each further one is twice as long. */
  backoff?: number;
  /** How a pause is spent; rejects where the signal aborts. For tests. */
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** 0 to 1, for the jitter. For tests. */
  random?: () => number;
}

export interface Sink {
  /**
   * Delivers one event.
   * @throws SinkFailed where the sink does not take it, or the signal aborted before it did
   */
  send(event: ResultEvent, signal: AbortSignal): Promise<void>;
}

/** No pause is longer, whatever backoff or Retry-After ask for, milliseconds. */
const MAX_PAUSE = 30_000;
const CORE = new Set(["specversion", "id", "type", "source", "subject", "time", "dataschema", "datacontenttype", "data", "data_base64"]);

/** What became of one try. `pause`: what Retry-After asked for, milliseconds. */
type Outcome = { delivered: true } | { delivered: false; why: string; again: boolean; pause?: number; cause?: unknown };

/** Sends results to K_SINK by POST, as a Broker delivers: what it retries is retried (404, 408, 409, 429, 5xx, no answer). */
export function createSink(options: SinkOptions): Sink {
  const { url, overrides = {}, retries, backoff = 200, pause = sleep, random = Math.random } = options;
  const host = new URL(url).host; // a message must not show more of the address: it may hold a token
  const extensions = Object.fromEntries(Object.entries(overrides).filter(([name]) => /^[a-z0-9]+$/.test(name) && !CORE.has(name)));

  return {
    async send(event, signal) {
      const message = await encodeReply({ ...event, ...extensions });
      for (let tries = 1; ; tries++) {
        if (signal.aborted) throw new SinkFailed(`K_SINK (${host}): no time left`, { cause: signal.reason });
        const outcome = await post(url, message, AbortSignal.any([signal, AbortSignal.timeout(options.deadline)]));
        if (outcome.delivered) return;
        if (!outcome.again || tries > retries) {
          throw new SinkFailed(`K_SINK (${host}) ${outcome.why}${tries > 1 ? `, the last of ${tries} tries` : ""}`, { cause: outcome.cause });
        }
        const jittered = backoff * 2 ** (tries - 1) * (0.5 + random() / 2);
        await pause(Math.min(outcome.pause ?? jittered, MAX_PAUSE), signal).catch(() => undefined); // aborted: said above
      }
    },
  };
}

async function post(url: string, { headers, body }: EncodedEvent, signal: AbortSignal): Promise<Outcome> {
  let response: Response;
  try {
    response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" }); // a redirected POST becomes a GET
  } catch (cause) {
    return { delivered: false, again: true, why: `gave no answer (${reason(cause)})`, cause };
  }
  await drain(response);
  if (response.ok) return { delivered: true };
  const { status } = response;
  const again = status >= 500 || [404, 408, 409, 429].includes(status);
  return { delivered: false, again, why: `answered ${status}`, pause: retryAfter(response.headers.get("retry-after"), Date.now()) };
}

/** Reads the answer's body to its end, so that the connection can be used again. The status counts, even without its body. */
async function drain(response: Response): Promise<void> {
  try {
    for await (const chunk of response.body ?? []) void chunk;
  } catch {
    // cut short or too slow
  }
}

/** fetch says only `fetch failed`; its cause knows more. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return cause instanceof Error ? cause.name : "unknown"; // its message may quote the address
}

const sleep = (milliseconds: number, signal: AbortSignal) => wait<void>(milliseconds, undefined, { signal });
