import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** `cutAt` ends the connection when the client has so many bytes of the file: `FileServer.arrived` says when. */
export type Answer = (request: IncomingMessage, response: ServerResponse, cutAt: (bytes: number) => void) => void;

export interface FileServer {
  url: string;
  /** The Range header of each request; "" where it had none. */
  ranges: string[];
  /** The client's progress. A cut before it would take bytes along that are on their way. */
  arrived: (bytes: number) => void;
  close(): Promise<void>;
}

/** A server on loopback that gives each request the next of these answers, and the last one again and again. */
export async function fileServer(...answers: Answer[]): Promise<FileServer> {
  const ranges: string[] = [];
  let cut: { at: number; response: ServerResponse } | undefined;
  const server = createServer((request, response) => {
    ranges.push(request.headers.range ?? "");
    answers[Math.min(ranges.length, answers.length) - 1](request, response, (at) => (cut = { at, response }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ranges,
    arrived(bytes) {
      if (cut && bytes >= cut.at) cut.response.destroy();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The file, or the part of it that the request asks for. */
export function serve(file: Uint8Array): Answer {
  return (request, response) => {
    const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    if (start === undefined) return void response.writeHead(200, { "content-length": file.length }).end(file);
    if (Number(start) >= file.length) return void response.writeHead(416, { "content-range": `bytes */${file.length}` }).end();
    const rest = file.subarray(Number(start));
    response.writeHead(206, { "content-length": rest.length, "content-range": `bytes ${start}-${file.length - 1}/${file.length}` }).end(rest);
  };
}

/** The same from the beginning, whatever was asked for. */
export function serveWhole(file: Uint8Array): Answer {
  return (_, response) => void response.writeHead(200, { "content-length": file.length }).end(file);
}

/** What `serve` gives, but the connection is cut after so many bytes of the body. */
export function cutAfter(bytes: number, file: Uint8Array): Answer {
  return (request, response, cutAt) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const partial = start > 0 && { "content-range": `bytes ${start}-${file.length - 1}/${file.length}` };
    response.writeHead(partial ? 206 : 200, { "content-length": file.length - start, ...partial });
    cutAt(start + bytes);
    response.write(file.subarray(start, start + bytes));
  };
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_, response) => void response.writeHead(code, headers).end();
}
