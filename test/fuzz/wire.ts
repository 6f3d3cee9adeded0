import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** One answer as it came over the wire; header names in lower case. */
export interface WireAnswer {
  status: number;
  headers: Headers;
  text: string;
}

export interface WireRequest {
  method?: string;
  path?: string;
  /** Name and value in order, doubled ones too; text is sent as UTF-8. */
  headers: [name: string, value: string | Buffer][];
  body?: Buffer;
  /** Sends the body in chunks of these sizes (Transfer-Encoding: chunked), the rest in a last one. */
  chunks?: number[];
}

/** The bytes of a request. Content-Length is added unless the headers have one or the body goes in chunks. */
export function requestBytes({ method = "POST", path = "/", headers, body = Buffer.alloc(0), chunks }: WireRequest): Buffer {
  const named = (wanted: string) => headers.some(([name]) => name.toLowerCase() === wanted);
  const lines: (string | Buffer)[] = [`${method} ${path} HTTP/1.1\r\n`];
  if (!named("host")) lines.push("Host: fuzz\r\n");
  if (chunks) lines.push("Transfer-Encoding: chunked\r\n");
  else if (!named("content-length") && (body.length > 0 || method === "POST")) lines.push(`Content-Length: ${body.length}\r\n`);
  for (const [name, value] of headers) lines.push(`${name}: `, value, "\r\n");
  lines.push("\r\n", ...(chunks ? chunked(body, chunks) : [body]));
  return Buffer.concat(lines.map((line) => (typeof line === "string" ? Buffer.from(line) : line)));
}

function chunked(body: Buffer, sizes: number[]): (string | Buffer)[] {
  const parts: (string | Buffer)[] = [];
  let at = 0;
  for (const size of [...sizes.filter((size) => size > 0), body.length]) {
    const part = body.subarray(at, at + size);
    at += part.length;
    if (part.length > 0) parts.push(`${part.length.toString(16)}\r\n`, part, "\r\n");
  }
  return [...parts, "0\r\n\r\n"];
}

export interface Talk {
  answers: WireAnswer[];
  /** What came and was no complete answer. */
  rest: string;
  /** False where it took longer than it may. */
  ended: boolean;
  milliseconds: number;
}

export interface TalkOptions {
  /** Answers that are waited for; by default the connection's end is. */
  until?: number;
  /** Methods of the requests: an answer to HEAD has no body. */
  methods?: string[];
  /** What follows the last byte: nothing, the end of what we send, or a reset connection. */
  then?: "wait" | "end" | "reset";
  /** Milliseconds after the last byte without an answer before that end: what is not whole would be waited for. */
  patience?: number;
  /** Milliseconds. */
  limit: number;
}

/** Sends bytes, in as many writes as there are, and reads what comes back. */
export async function talk(port: number, writes: Buffer[], { until = Infinity, methods = [], then = "wait", patience = 0, limit }: TalkOptions): Promise<Talk> {
  const started = performance.now();
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const received: Buffer[] = [];
  let read: Pick<Talk, "answers" | "rest"> = { answers: [], rest: "" };
  let timer: NodeJS.Timeout | undefined;
  let ending: NodeJS.Timeout | undefined;
  const ended = await new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limit);
    socket.on("data", (chunk) => {
      received.push(chunk);
      if (until === Infinity) return;
      read = readAnswers(Buffer.concat(received), methods);
      if (read.answers.length >= until) resolve(true);
    });
    socket.on("close", () => resolve(true)).on("error", () => undefined); // a reset closes, too
    void write(socket, writes).then(() => {
      if (then === "end") ending = setTimeout(() => socket.end(), patience);
      if (then === "reset") socket.resetAndDestroy();
    });
  });
  clearTimeout(timer);
  clearTimeout(ending);
  socket.destroy();
  read = readAnswers(Buffer.concat(received), methods);
  return { ...read, ended, milliseconds: performance.now() - started };
}

async function write(socket: Socket, writes: Buffer[]): Promise<void> {
  try {
    await once(socket, "connect");
    for (const bytes of writes) await new Promise((resolve) => socket.write(bytes, resolve));
  } catch {
    // the other side has closed the connection: what it answered before counts
  }
}

function readAnswers(bytes: Buffer, methods: string[]): Pick<Talk, "answers" | "rest"> {
  const answers: WireAnswer[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf("\r\n\r\n", at);
    if (end < 0) break;
    const [first, ...lines] = bytes.toString("latin1", at, end).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (Number.isNaN(status)) break;
    const headers = new Headers(lines.map((line): [string, string] => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
    const length = methods[answers.length] === "HEAD" ? 0 : Number(headers.get("content-length") ?? 0);
    if (end + 4 + length > bytes.length) break;
    at = end + 4 + length;
    if (status >= 200) answers.push({ status, headers, text: bytes.toString("utf8", end + 4, at) });
  }
  return { answers, rest: bytes.toString("latin1", at) };
}
