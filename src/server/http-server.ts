import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { pipelined } from "./pipelining.js";
import { problemDocument } from "./problem.js";

export interface HttpOptions {
  /** Milliseconds that one event may take. */
  eventDeadline: number;
  /** Milliseconds until a connection has sent the headers of its first request, and each request its own. */
  headersTimeout?: number;
}

const HEADERS_TIMEOUT = 10_000;
/** Longer than Knative's proxies keep a connection: who closes first decides who sees an error. Milliseconds. */
const KEEP_ALIVE = 120_000;
/**
 * Each may hold 16 kB of headers and about as much of what it sends beyond them, so all of them less than 200 MB; silent
 * ones leave after the headers' timeout. queue-proxy and a Broker open as many as they have requests under way, which are far fewer.
 */
const MOST_CONNECTIONS = 5_000;

/** What Node says of a request that it cannot read, as we answer it; anything else is a 400. */
const ANSWERS: Record<string, { status: number; code: string; message: string } | undefined> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: "request-timeout", message: "the request did not arrive in time" },
  HPE_HEADER_OVERFLOW: { status: 431, code: "headers-too-large", message: "the headers have more than 16 kB" },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: "chunk-extensions-too-large", message: "the chunk extensions have more than 16 kB" },
};
const UNREADABLE = { status: 400, code: "bad-request", message: "this is no HTTP/1.1 request that can be read" };

/** The HTTP server around an app, with its limits. It does not listen by itself. */
export function createHttpServer(app: RequestListener, { eventDeadline, headersTimeout = Math.min(HEADERS_TIMEOUT, eventDeadline) }: HttpOptions): Server {
  const { listener, unanswered } = pipelined(app);
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE,
    headersTimeout,
    requestTimeout: headersTimeout + eventDeadline, // a request that was let in is answered before, by its own deadline
    connectionsCheckingInterval: headersTimeout / 4,
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on("request", listener);
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader("Connection", "close"); // whoever is refused keeps the body, so what follows would be read as one
    server.emit("request", request, response);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => answerUnreadable(error, socket, unanswered(socket)));
  return server;
}

/** Answers what is no request, and closes the connection; requests before it on the same connection get their answers first. */
function answerUnreadable({ code = "" }: NodeJS.ErrnoException, socket: Socket, before: ServerResponse[]): void {
  const inWork = before.filter((response) => response.req.complete);
  const last = inWork.at(-1);
  if (!socket.writable || code === "ECONNRESET") socket.destroy();
  else if (last) last.once("close", () => socket.destroySoon());
  else if (before.some((response) => response.headersSent)) socket.destroySoon();
  else {
    const { status, ...problem } = ANSWERS[code] ?? UNREADABLE;
    const body = problemDocument({ status, ...problem });
    const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, "Content-Type: application/problem+json", `Content-Length: ${body.length}`, "Connection: close"];
    socket.end(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]), () => socket.destroy());
  }
}
