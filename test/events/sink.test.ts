import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { resultEvent } from "../../src/events/result.js";
import { createSink } from "../../src/events/sink.js";
import type { SinkOptions } from "../../src/events/sink.js";
import { binary } from "./support.js";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const status = (code: number, headers: Record<string, string> = {}, body = ""): Answer => (_, response) => response.writeHead(code, headers).end(body);
const stall: Answer = () => undefined;
const hangUp: Answer = (request) => request.socket.destroy();
const stalledBody: Answer = (_, response) => response.writeHead(202).write("…");

const event = (key = "a.jpg") =>
  resultEvent({ source: "/oss-faces", typePrefix: "faces" }, { type: "faces.image.analyzed", data: { n: 1 }, cause: binary({ "ce-id": "cause" }), record: { eventName: "x", bucket: "b", key }, now: new Date(0) });

describe("the sink", () => {
  let server: Server;
  let url: string;
  let answers: Answer[];
  let received: { headers: IncomingMessage["headers"]; method?: string; body: string }[];
  let pauses: number[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        received.push({ headers: request.headers, method: request.method, body: Buffer.concat(chunks).toString() });
        (answers.shift() ?? status(202))(request, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path?token=secret`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    answers = [];
    received = [];
    pauses = [];
  });

  const sink = (options: Partial<SinkOptions> = {}) =>
    createSink({ url, deadline: 5_000, retries: 3, backoff: 100, random: () => 1, pause: (milliseconds) => { pauses.push(milliseconds); return Promise.resolve(); }, ...options });
  const send = (options?: Partial<SinkOptions>, signal = new AbortController().signal, until = Infinity) => sink(options).send(event(), signal, until);
  const failure = async (options?: Partial<SinkOptions>, signal?: AbortSignal) => send(options, signal).then(() => "nothing", (error: Error) => `${error.name}: ${error.message.replace(/127\.0\.0\.1:\d+/, "HOST")}`);

  it("gets the event by POST, as a reply is encoded", async () => {
    await send();
    await sink().send(event("王.jpg"), new AbortController().signal, Infinity);
    expect(received[0]).toMatchObject({ method: "POST", headers: { "ce-type": "faces.image.analyzed", "ce-subject": "b/a.jpg", "content-type": "application/json" }, body: '{"n":1}' });
    expect(received[1]?.headers["content-type"]).toBe("application/cloudevents+json; charset=utf-8");
    expect(JSON.parse(received[1]?.body ?? "")).toMatchObject({ subject: "b/王.jpg", data: { n: 1 } });
  });

  it("gets the extensions of K_CE_OVERRIDES; core attributes and impossible names are left alone", async () => {
    await send({ overrides: { team: "red", causationid: "mine", id: "x", type: "x", data: "x", specversion: "9", "a b": "x", __proto__x: "x" } });
    expect(received[0]?.headers).toMatchObject({ "ce-team": "red", "ce-causationid": "mine", "ce-id": event().id, "ce-type": "faces.image.analyzed", "ce-specversion": "1.0" });
    expect(Object.keys(received[0]?.headers ?? {}).filter((name) => /proto|a b|ce-data$/.test(name))).toEqual([]);
  });

  it.each([200, 202, 204])("has it after %i", async (code) => {
    answers = [status(code)];
    await send();
    expect(received).toHaveLength(1);
  });

  it.each([500, 502, 503, 504, 429, 408, 404, 409])("is tried again after %i", async (code) => {
    answers = [status(code, {}, "x".repeat(100_000)), status(202)];
    await send();
    expect([received.length, received[1]?.headers["ce-id"]]).toEqual([2, received[0]?.headers["ce-id"]]);
  });

  it("is tried again after no answer", async () => {
    answers = [hangUp, status(202)];
    await send();
    expect([received.length, pauses]).toEqual([2, [100]]);
  });

  it("is tried again after a stall, though garbage is collected meanwhile", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    answers = [() => setImmediate(() => [collect(), collect()])];
    await send({ deadline: 200 });
    expect(received).toHaveLength(2);
  });

  it("is tried again after a stall longer than the deadline of a try", async () => {
    answers = [stall, status(202)];
    await send({ deadline: 50 });
    expect(received).toHaveLength(2);
  });

  it.each([400, 401, 403, 405, 413, 415, 422, 301, 307])("is not tried again after %i", async (code) => {
    answers = [status(code, { location: "/elsewhere" })];
    expect([await failure(), received.length, pauses]).toEqual([`SinkFailed: K_SINK (HOST) answered ${code}`, 1, []]);
  });

  it("fails once all tries are used, and waits twice as long each time", async () => {
    answers = [status(500), status(500), hangUp, status(503)];
    expect([await failure(), received.length, pauses]).toEqual(["SinkFailed: K_SINK (HOST) answered 503, the last of 4 tries", 4, [100, 200, 400]]);
  });

  it("spreads its pauses between half and all of the backoff", async () => {
    answers = [status(500), status(202)];
    await send({ random: () => 0 });
    expect(pauses).toEqual([50]);
  });

  it.each([
    ["7", 7_000],
    ["0", 100],
    ["Mon, 01 Jan 2024 00:00:05 GMT", 100],
    ["86400", 86_400_000],
    ["soon", 100],
  ])("waits for the longer of its backoff and Retry-After: %s", async (header, pause) => {
    answers = [status(503, { "retry-after": header }), status(202)];
    await send();
    expect(pauses).toEqual([pause]);
  });

  it("fails where nobody listens, and says so", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect(await failure({ url: `http://127.0.0.1:${port}/`, retries: 1 })).toBe("SinkFailed: K_SINK (HOST) gave no answer (ECONNREFUSED), the last of 2 tries");
  });

  it("stops at once where the event's time is up", async () => {
    const controller = new AbortController();
    answers = [() => controller.abort(new Error("deadline"))];
    expect([await failure({}, controller.signal), received.length]).toEqual(["SinkFailed: K_SINK (HOST): no time left", 1]);
    expect([await failure({}, AbortSignal.abort()), received.length]).toEqual(["SinkFailed: K_SINK (HOST): no time left", 1]);
  });

  it.each([
    ["a Retry-After beyond it", "120", 60_000, "SinkFailed: K_SINK (HOST) answered 503, the next try would be 120 s later and too late"],
    ["a backoff beyond it", undefined, 90, "SinkFailed: K_SINK (HOST) answered 503, the next try would be 1 s later and too late"],
  ])("does not wait in vain for what the event's time does not allow: %s", async (_, header, left, message) => {
    answers = [status(503, header === undefined ? {} : { "retry-after": header })];
    const outcome = await send({}, undefined, performance.now() + left).then(() => "nothing", (error: Error) => `${error.name}: ${error.message.replace(/127\.0\.0\.1:\d+/, "HOST")}`);
    expect([outcome, received.length, pauses]).toEqual([message, 1, []]);
  });

  it("waits as long as Retry-After says where the event's time allows it", async () => {
    answers = [status(503, { "retry-after": "50" }), status(202)];
    await send({}, undefined, performance.now() + 60_000);
    expect([received.length, pauses]).toEqual([2, [50_000]]);
  });

  it("does not send when the event's time is up", async () => {
    await expect(send({}, undefined, performance.now())).rejects.toThrow("no time left");
    expect(received).toEqual([]);
  });

  it("stops its pause where the event's time is up", async () => {
    const controller = new AbortController();
    answers = [(_, response) => { response.writeHead(503, { "retry-after": "3600" }).end(); setImmediate(() => controller.abort()); }];
    expect(await failure({ pause: undefined }, controller.signal)).toBe("SinkFailed: K_SINK (HOST): no time left");
  });

  it("counts a status although its body never ends", async () => {
    answers = [stalledBody];
    await send({ deadline: 100 });
    expect(received).toHaveLength(1);
  });

  it("reads answers to their end: one connection serves all tries", async () => {
    let connections = 0;
    let requests = 0;
    const large = createServer((request, response) => void request.resume().on("end", () => status(++requests < 3 ? 500 : 202, {}, "x".repeat(2_000_000))(request, response)));
    large.on("connection", () => connections++);
    await new Promise<void>((resolve) => large.listen(0, "127.0.0.1", resolve));
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve)); // the client frees its connection in the next turn
    await send({ url: `http://127.0.0.1:${(large.address() as AddressInfo).port}/`, pause: turn });
    large.closeAllConnections();
    large.close();
    expect([requests, connections]).toEqual([3, 1]);
  });

  it("keeps the rest of the address to itself", async () => {
    answers = [status(400)];
    expect(await failure()).not.toContain("secret");
  });
});
