import type { Request, Response } from "express";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import getRawBody from "raw-body";
import { BodyCutShort, EventTooLarge, Failure, InvalidEvent } from "../errors.js";
import { unlessAborted } from "../unless-aborted.js";
import { bodyLimit, type BodyPatience } from "./body-patience.js";

export interface BodyOptions {
  /** Larger bodies are refused, bytes: as they are sent, and inflated. */
  maxEventBytes: number;
  /** How long a body is waited for; tests set it. */
  bodyPatience?: BodyPatience;
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

/** The most bytes that a request's body can take in memory, by its headers. */
export function mostBytesOf(request: Request, { maxEventBytes }: BodyOptions): number {
  const announced = encodingOf(request.headers) === "identity" ? request.headers["content-length"] : undefined;
  return Math.min(maxEventBytes, Number(announced ?? maxEventBytes));
}

/**
 * Reads a request's body, and asks for it first where the sender waits to be asked (`Expect: 100-continue`). One that is
 * too large, too slow or cut short is refused at once: express.raw would wait for the rest of it.
 * @param impatient aborts with a Failure when the body is not waited for any more
 */
export async function readBody(request: Request, response: Response, impatient: AbortSignal, { maxEventBytes, bodyPatience }: BodyOptions): Promise<Uint8Array> {
  const first = once(request, "data").then(([chunk]) => firstBytes.set(request, (chunk as Buffer).subarray(0, SHOWN)));
  first.catch(() => undefined); // whoever reads the body sees the error, too
  const { signal, end } = bodyLimit(request, impatient, bodyPatience);
  try {
    const length = request.headers["content-length"];
    const tooLarge = new EventTooLarge(`the request is larger than ${maxEventBytes} bytes`);
    if (Number(length ?? 0) > maxEventBytes) throw tooLarge;
    if (request.headers.expect && request.httpVersion !== "1.0") {
      response.removeHeader("Connection"); // of http-server.ts, for those that are refused
      response.writeContinue();
    }
    const encoding = encodingOf(request.headers);
    const body = encoding === "identity" ? request : decoded(request, encoding, maxEventBytes, tooLarge);
    return await unlessAborted(getRawBody(body, { limit: maxEventBytes, length: body === request ? length : undefined }), signal, () => signal.reason as Failure);
  } catch (error) {
    await Promise.race([first, pause(FIRST_BYTES)]).catch(() => undefined); // for the log
    throw failureOf(error as Error & { type?: string }, maxEventBytes);
  } finally {
    end();
  }
}

function encodingOf(headers: Request["headers"]): string {
  return (headers["content-encoding"] ?? "identity").toLowerCase();
}

/** Also bounds what is sent: compressed nothing can be repeated for ever. */
function decoded(request: Request, encoding: string, limit: number, tooLarge: Failure): Readable {
  const decoder = DECODERS.get(encoding)?.();
  if (!decoder) throw new InvalidEvent(`the Content-Encoding ${JSON.stringify(encoding)} is not read`);
  decoder.on("error", () => undefined); // also of what comes after the refusal: raw-body has stopped listening then, and the process would end
  let sent = 0;
  request.on("data", (chunk: Buffer) => {
    sent += chunk.length;
    if (sent > limit) decoder.destroy(tooLarge);
  });
  request.once("error", (error) => decoder.destroy(error)).once("aborted", () => decoder.destroy(new Error("aborted")));
  return request.pipe(decoder);
}

function failureOf(error: Error & { type?: string }, limit: number): Error {
  if (error instanceof Failure) return error;
  if (error.type === "entity.too.large") return new EventTooLarge(`the request is larger than ${limit} bytes`, { cause: error });
  if (error.type?.startsWith("request.") || error.message === "aborted") return new BodyCutShort("the body ended before its Content-Length", { cause: error });
  return new InvalidEvent(`the body cannot be read: ${error.message}`, { cause: error });
}
