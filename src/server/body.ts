import type { Request, RequestHandler } from "express";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import getRawBody from "raw-body";
import { BodyCutShort, DeadlinePassed, EventTooLarge, Failure, InvalidEvent } from "../errors.js";

export interface BodyOptions {
  /** Larger bodies are refused, bytes. */
  maxEventBytes: number;
  /** Milliseconds that a body may take to arrive. */
  eventDeadline: number;
}

/** How much of a request is shown in the log where it is refused, bytes. */
const SHOWN = 200;
/** How long they are waited for, milliseconds. */
const FIRST_BYTES = 100;
const DECODERS = new Map([
  ["gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
]);

const firstBytes = new WeakMap<Request, Buffer>();

/** The first bytes of a request's body as they arrived, whatever became of it. */
export function shownBytes(request: Request): Buffer {
  return firstBytes.get(request) ?? Buffer.alloc(0);
}

/** The body that `readBody` read. */
export function bodyOf(request: Request): Uint8Array {
  return request.body as Uint8Array;
}

/**
 * Reads a request's body into `request.body`, a Uint8Array. A body that is too large, too slow or cut short is refused
 * at once and its connection closed: express.raw would wait for the rest of it.
 */
export function readBody({ maxEventBytes, eventDeadline }: BodyOptions): RequestHandler {
  return async (request, response, next) => {
    const first = once(request, "data").then(([chunk]) => firstBytes.set(request, (chunk as Buffer).subarray(0, SHOWN)));
    first.catch(() => undefined); // whoever reads the body sees the error, too
    const over = new AbortController();
    try {
      const body = getRawBody(decoded(request), { limit: maxEventBytes, length: lengthOf(request) });
      const late = pause(eventDeadline, undefined, { signal: over.signal }).then(() => {
        throw new DeadlinePassed("the body did not arrive in time");
      });
      request.body = await Promise.race([body, late]);
    } catch (error) {
      await Promise.race([first, pause(FIRST_BYTES)]).catch(() => undefined); // for the log
      response.set("Connection", "close");
      throw failureOf(error as Error & { type?: string }, maxEventBytes);
    } finally {
      over.abort();
    }
    next();
  };
}

/** The announced length; unknown where the body is compressed. */
function lengthOf({ headers }: Request): string | undefined {
  return encodingOf(headers) === "identity" ? headers["content-length"] : undefined;
}

function encodingOf(headers: Request["headers"]): string {
  return (headers["content-encoding"] ?? "identity").toLowerCase();
}

function decoded(request: Request): Readable {
  const encoding = encodingOf(request.headers);
  if (encoding === "identity") return request;
  const decoder = DECODERS.get(encoding)?.();
  if (!decoder) throw new InvalidEvent(`the Content-Encoding ${JSON.stringify(encoding)} is not read`);
  request.once("error", (error) => decoder.destroy(error)).once("aborted", () => decoder.destroy(new Error("aborted")));
  return request.pipe(decoder);
}

function failureOf(error: Error & { type?: string }, limit: number): Error {
  if (error instanceof Failure) return error;
  if (error.type === "entity.too.large") return new EventTooLarge(`the request is larger than ${limit} bytes`, { cause: error });
  if (error.type?.startsWith("request.") || error.message === "aborted") return new BodyCutShort("the body ended before its Content-Length", { cause: error });
  return new InvalidEvent(`the body cannot be read: ${error.message}`, { cause: error });
}
