import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { SinkFailed } from "../errors.js";
import { pauseAfter, retryAfter } from "../pauses.js";
import { timeLimited } from "../time-limit.js";
import { type EncodedEvent, encodeReply } from "./reply.js";
import type { ResultEvent } from "./result.js";
import { createSinkTransport, type SinkTransport } from "./sink-transport.js";

export interface SinkOptions {
  /** K_SINK. */
  url: string;
  /** The extensions of K_CE_OVERRIDES. Core attributes cannot be overridden: such entries have no effect. */
  overrides?: Record<string, string>;
  /** K_CA_CERTS: certificates in PEM that the sink may show beside those that the system trusts. */
  certificates?: string[];
  /** Where a SinkBinding puts our OIDC token, where the sink wants one. */
  tokenFile?: string;
  /** How long one try may take, milliseconds. */
  deadline: number;
  /** How often a try that failed is repeated. */
  retries: number;
  /** The longest that the first pause between tries is by itself, milliseconds; each further one is twice as long. */
  backoff?: number;
  /** How a pause is spent; rejects where the signal aborts. For tests. */
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** 0 to 1, for the jitter. For tests. */
  random?: () => number;
}

export interface Sink {
  /**
   * Delivers one event.
   * @param until when there is no time left, as `performance.now()` counts: a pause that would last longer is not begun
   * @throws SinkFailed where the sink does not take it, or there was no time left before it did
   */
  send(event: ResultEvent, signal: AbortSignal, until: number): Promise<void>;
  /** Closes the connections that are kept. */
  close(): void;
}

/** Mounted by SinkBindings whose sink has an audience (Knative Eventing, sinkbinding_lifecycle.go). */
const TOKEN_FILE = "/oidc/token";
const CORE = new Set(["specversion", "id", "type", "source", "subject", "time", "dataschema", "datacontenttype", "data", "data_base64"]);

/** What became of one try. `pause`: what Retry-After asked for, milliseconds. */
type Outcome = { delivered: true } | { delivered: false; why: string; again: boolean; pause?: number; cause?: unknown };

/** Sends results to K_SINK by POST, as a Broker delivers: what it retries is retried (404, 408, 409, 429, 5xx, no answer). */
export function createSink(options: SinkOptions): Sink {
  const { url, overrides = {}, certificates, tokenFile = TOKEN_FILE, retries, backoff = 200, pause = sleep, random = Math.random } = options;
  const host = new URL(url).host; // a message must not show more of the address: it may hold a token
  const extensions = Object.fromEntries(Object.entries(overrides).filter(([name]) => /^[a-z0-9]+$/.test(name) && !CORE.has(name)));
  const transport = createSinkTransport(url, certificates);

  return {
    async send(event, signal, until) {
      const message = await encodeReply({ ...event, ...extensions });
      for (let tries = 1; ; tries++) {
        if (signal.aborted || performance.now() >= until) throw new SinkFailed(`K_SINK (${host}): no time left`, { cause: signal.reason });
        const carried = await withToken(message, tokenFile);
        const outcome = await timeLimited(options.deadline, signal, late, (either) => post(transport, carried, either, tries === 1));
        if (outcome.delivered) return;
        const failed = (end: string) => new SinkFailed(`K_SINK (${host}) ${outcome.why}${end}`, { cause: outcome.cause });
        if (!outcome.again || tries > retries) throw failed(tries > 1 ? `, the last of ${tries} tries` : "");
        const milliseconds = pauseAfter(tries, backoff, outcome.pause, random);
        // The event comes again by itself: nobody is served by waiting for a try that can never be made.
        if (performance.now() + milliseconds >= until) throw failed(`, the next try would be ${Math.ceil(milliseconds / 1000)} s later and too late`);
        await pause(milliseconds, signal).catch(() => undefined); // aborted: said above
      }
    },
    close: () => transport.close(),
  };
}

/**
 * Adds our OIDC token where there is one: it is there only where the sink asks for it, is for that sink alone and short-lived.
 * It goes over http, too, as Knative's own sources send theirs: such a sink would take no result without it. It is read
 * for each try: Knative renews it under a running pod.
 */
async function withToken({ headers, body }: EncodedEvent, file: string): Promise<EncodedEvent> {
  try {
    const token = (await readFile(file, "utf8")).trim();
    return token === "" ? { headers, body } : { headers: { ...headers, authorization: `Bearer ${token}` }, body };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { headers, body };
    throw new SinkFailed(`K_SINK's token at ${file} cannot be read: ${code}`, { cause: error });
  }
}

async function post(transport: SinkTransport, message: EncodedEvent, signal: AbortSignal, first: boolean): Promise<Outcome> {
  try {
    const { status, retryAfter: asked } = await transport.post(message, signal, first);
    if (status >= 200 && status < 300) return { delivered: true };
    const again = status >= 500 || [404, 408, 409, 429].includes(status);
    return { delivered: false, again, why: `answered ${status}`, pause: retryAfter(asked, Date.now()) };
  } catch (cause) {
    return { delivered: false, again: true, why: `gave no answer (${reason(cause, signal)})`, cause };
  }
}

function reason(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return signal.reason instanceof Error ? signal.reason.name : "aborted";
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown"; // its message may quote the address
}

const late = () => new DOMException("no answer in time", "TimeoutError");
const sleep = (milliseconds: number, signal: AbortSignal) => wait<void>(milliseconds, undefined, { signal });
