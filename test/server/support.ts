import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import type { Reading } from "../../src/events/readings.js";
import type { ResultEvent } from "../../src/events/result.js";
import { createApp } from "../../src/server/app.js";
import type { BodyOptions } from "../../src/server/body.js";
import { closeServer } from "../../src/server/close.js";
import { Gate, type GateLimits } from "../../src/server/gate.js";
import { createHttpServer, type HttpOptions } from "../../src/server/http-server.js";
import { createLog } from "../../src/telemetry/log.js";
import { NO_METRICS } from "../../src/telemetry/metrics.js";

export const EVENT = { "ce-specversion": "1.0", "ce-id": "1", "ce-type": "com.example.t", "ce-source": "/s" };
/** The first lines of a raw event. */
export const HEAD = "POST / HTTP/1.1\r\nhost: x\r\nce-specversion: 1.0\r\nce-id: 1\r\nce-type: t\r\nce-source: /s\r\n";

export interface AppServer {
  url: string;
  port: number;
  gate: Gate;
  log: () => string;
  close(): Promise<void>;
}

export interface AppSettings extends Partial<GateLimits>, Partial<HttpOptions>, Partial<Omit<BodyOptions, "maxEventBytes">> {
  maxEventBytes?: number;
  maxObjectBytes?: number;
}

/** The HTTP surface on loopback, with work as the test has it: by default there is none. */
export async function startApp(settings: AppSettings = {}, handle: (readings: Reading[], signal: AbortSignal) => Promise<ResultEvent | undefined> = () => Promise.resolve(undefined)): Promise<AppServer> {
  const { most = 100, mostBytes = 1e9, eventDeadline = 60_000, maxEventBytes = 10_000, maxObjectBytes = 1_000_000, headersTimeout, bodyPatience, unread } = settings;
  const lines: string[] = [];
  const gate = new Gate({ most, mostBytes, unread });
  const log = createLog({ format: "text", level: "debug", write: (text) => lines.push(text) });
  const app = createApp({ handle, gate, log, metrics: NO_METRICS, eventDeadline, maxEventBytes, maxObjectBytes, bodyPatience, schemas: {}, ready: () => true, live: () => true });
  const server = createHttpServer(app, { eventDeadline, headersTimeout }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, gate, log: () => lines.join(""), close: () => closeServer(server) };
}

/** Work that the test ends. */
export function heldWork() {
  const started: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  let count = 0;
  return {
    handle: () => {
      count += 1;
      waiting.forEach((tell) => tell());
      return new Promise<undefined>((resolve) => started.push(() => resolve(undefined)));
    },
    count: () => count,
    /** Settles when so many are in work. */
    async begun(number: number) {
      while (count < number) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    finish: () => started.splice(0).forEach((done) => done()),
  };
}

/** For the top of a test file: each test starts a server of its own, with held work that is finished in the end. */
export function heldServers() {
  const set = {} as { server: AppServer; work: ReturnType<typeof heldWork> };
  afterEach(async () => {
    set.work?.finish();
    await set.server.close();
  });
  return Object.assign(set, {
    async start(settings: AppSettings): Promise<void> {
      set.work = heldWork();
      set.server = await startApp(settings, set.work.handle);
    },
  });
}

export interface RawConnection {
  socket: Socket;
  /** What came so far. */
  answer: () => string;
  /** Settles when what came matches. */
  until(pattern: RegExp): Promise<string>;
  closed: Promise<string>;
}

/** A connection on which a test writes what it likes. */
export async function open(port: number, text = ""): Promise<RawConnection> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined); // a reset is an end, too
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString()));
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(answer)));
  await once(socket, "connect");
  socket.write(text);
  return {
    socket,
    answer: () => answer,
    closed,
    async until(pattern) {
      while (!pattern.test(answer)) {
        if (socket.closed) throw new Error(`closed after ${JSON.stringify(answer)}`);
        await Promise.race([once(socket, "data"), closed]);
      }
      return answer;
    },
  };
}
