import http from "node:http";
import https from "node:https";
import type { IncomingMessage } from "node:http";
import { OssFault } from "./oss-errors.js";

/** Deadlines of one try, milliseconds. */
export interface Deadlines {
  /** From the request to the end of the response's headers: name look-up, connection and TLS included. */
  headers: number;
  /** The longest silence while a body is read. */
  idle: number;
}

/** What ali-oss hands to its HTTP client (its option `urllib`); `ctx` is ours, passed through by it. */
interface RequestOptions {
  method: string;
  headers: Record<string, string>;
  ctx: { signal: AbortSignal };
}

/** What ali-oss expects of it: an open response where the object comes, the XML document where an error does. */
interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  res?: IncomingMessage;
  data?: Buffer;
}

/** HTTP for ali-oss. Its own client has no deadline on bodies and loses the bodies of errors when it streams. */
export interface Transport {
  request(url: string, options: RequestOptions): Promise<Reply>;
  /** Closes the connections that are kept alive. */
  close(): void;
}

const MAX_ERROR_BYTES = 64 * 1024;
/** A pod may be frozen between photos: a connection that was idle for longer may be dead without a sign. */
const KEEP_IDLE = 4_000;

export function createTransport(deadlines: Deadlines): Transport {
  const plain = new http.Agent({ keepAlive: true, timeout: KEEP_IDLE });
  const secure = new https.Agent({ keepAlive: true, timeout: KEEP_IDLE });
  return {
    async request(url, { method, headers, ctx: { signal } }) {
      const { request, agent } = url.startsWith("https:") ? { request: https.request, agent: secure } : { request: http.request, agent: plain };
      const res = await open(request(url, { method, headers, agent }), deadlines.headers, signal);
      const status = res.statusCode ?? 0;
      if (status === 200) return { status, headers: res.headers, res };
      return { status, headers: res.headers, data: await errorDocument(res, deadlines.idle, signal) };
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

function open(request: http.ClientRequest, deadline: number, signal: AbortSignal): Promise<IncomingMessage> {
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
    request.end();
  });
}

/** The chunks of a body, with a deadline on each; the connection is closed where reading ends early. */
export async function* chunksOf(response: IncomingMessage, idle: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stop = () => response.destroy(new OssFault("stopped", -1, "Stopped"));
  const late = () => response.destroy(new OssFault(`the body stalled for ${idle} ms`, -2, "BodyTimeout"));
  const timer = setTimeout(late, idle);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const chunk of response) {
      timer.refresh();
      yield chunk as Buffer;
    }
  } catch (error) {
    throw networkFault(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

async function errorDocument(response: IncomingMessage, idle: number, signal: AbortSignal): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOf(response, idle, signal)) {
    parts.push(chunk);
    length += chunk.length;
    if (length > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(parts);
}

function networkFault(error: unknown): OssFault {
  if (error instanceof OssFault) return error;
  const { code = "ConnectionFailed", message } = error as NodeJS.ErrnoException;
  return new OssFault(message, -1, code);
}
