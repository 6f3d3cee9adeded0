import http from "node:http";
import https from "node:https";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { hadEnded, KEPT } from "../kept-connections.js";
import { OssFault } from "./oss-fault.js";

/** Deadlines of one try, milliseconds. */
export interface Deadlines {
  /** From the request, or the last of its body that could be sent, to the end of the response's headers: name look-up, connection and TLS included. */
  headers: number;
  /** The longest silence while a body is read. */
  idle: number;
}

/** What ali-oss hands to its HTTP client (its option `urllib`); `ctx` is ours, passed through by it. */
interface RequestOptions {
  method: string;
  headers: Record<string, string>;
  /** The open response is wanted, not its document. */
  customResponse?: boolean;
  ctx: { signal: AbortSignal; body?: Uint8Array | Readable };
}

/** What ali-oss expects of it: an open response where an object comes, else the XML document. */
export interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Where it went well; one that is to be read comes with no document. */
  res?: IncomingMessage;
  data?: Buffer;
}

/** HTTP for ali-oss. Its own client has no deadline on bodies and loses the bodies of errors when it streams. */
export interface Transport {
  request(url: string, options: RequestOptions): Promise<Reply>;
  /** Closes the connections that are kept alive. */
  close(): void;
}

/** A thousand objects with the longest keys, percent-encoded, take 5 MB. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

export function createTransport(deadlines: Deadlines): Transport {
  const plain = new http.Agent(KEPT);
  const secure = new https.Agent(KEPT);
  return {
    async request(url, { method, headers, customResponse, ctx: { signal, body } }) {
      const { request, agent } = url.startsWith("https:") ? { request: https.request, agent: secure } : { request: http.request, agent: plain };
      const first = request(url, { method, headers, agent });
      const res = await open(first, body, deadlines.headers, signal).catch((fault: OssFault) => {
        // Requests that change something are left to the tries: this one may have been heard.
        if (!["GET", "HEAD"].includes(method) || !hadEnded(first, fault)) throw fault;
        return open(request(url, { method, headers, agent: false }), undefined, deadlines.headers, signal);
      });
      const status = res.statusCode ?? 0;
      const isError = status < 200 || status > 299;
      if (!isError && customResponse) return { status, headers: res.headers, res };
      const data = await documentOf(res, isError ? MAX_ERROR_BYTES : MAX_LIST_BYTES, deadlines.idle, signal);
      if (!isError) return { status, headers: res.headers, res, data };
      return { status, headers: res.headers, data: method === "HEAD" ? documentInHead(res) : data };
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

function open(request: http.ClientRequest, body: Uint8Array | Readable | undefined, deadline: number, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const stop = () => request.destroy(new OssFault("stopped", -1, "Stopped"));
    const late = () => request.destroy(new OssFault(`no answer within ${deadline} ms`, -2, "AnswerTimeout"));
    const timer = setTimeout(late, deadline);
    const settled = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    request.once("response", (response) => {
      settled();
      resolve(response);
    });
    request.on("error", (error) => {
      settled();
      reject(networkFault(error));
    });
    if (body === undefined || body instanceof Uint8Array) request.end(body);
    else body.on("data", () => timer.refresh()).pipe(request); // no faster than it is sent; whoever gives it aborts where it breaks off
  });
}

/** The chunks of a body, with a deadline on each, not on who takes them; the connection is closed where reading ends early. */
export async function* chunksOf(response: IncomingMessage, idle: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stop = () => response.destroy(new OssFault("stopped", -1, "Stopped"));
  const late = () => response.destroy(new OssFault(`the body stalled for ${idle} ms`, -2, "BodyTimeout"));
  let timer = setTimeout(late, idle);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const chunk of response) {
      clearTimeout(timer);
      yield chunk as Buffer;
      timer = setTimeout(late, idle);
    }
  } catch (error) {
    throw networkFault(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Of more than `most` bytes only the first ones come: no XML then. */
async function documentOf(response: IncomingMessage, most: number, idle: number, signal: AbortSignal): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOf(response, idle, signal)) {
    parts.push(chunk);
    length += chunk.length;
    if (length > most) break;
  }
  return Buffer.concat(parts);
}

/**
 * An answer to HEAD has no body: OSS puts its error into a header, which alone tells a missing bucket from a missing
 * object. Where that header is absent ali-oss takes any 404 for a missing object, so one that is not OSS's gets a document.
 */
function documentInHead({ headers }: IncomingMessage): Buffer | undefined {
  const said = headers["x-oss-err"];
  if (said !== undefined) return Buffer.from(String(said), "base64");
  return headers["x-oss-request-id"] === undefined ? Buffer.from("no answer of OSS") : undefined;
}

function networkFault(error: unknown): OssFault {
  if (error instanceof OssFault) return error;
  const { code = "ConnectionFailed", message } = error as NodeJS.ErrnoException;
  return new OssFault(message, -1, code);
}
