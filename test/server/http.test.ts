import { once } from "node:events";
import { connect } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { folderBucket, send, start, type TestService } from "../kit/service.js";

const EVENT = { "ce-specversion": "1.0", "ce-id": "1", "ce-type": "com.example.t", "ce-source": "/s" };
const CLOUDEVENT = "application/cloudevents+json";

describe("the HTTP surface", () => {
  let service: TestService;
  let bucket: Awaited<ReturnType<typeof folderBucket>>;
  beforeAll(async () => {
    bucket = await folderBucket();
    service = await start({ STORAGE: bucket.root, MAX_EVENT_BYTES: "10000", EVENT_DEADLINE: "1s", PUBLIC_URL: "https://faces.example" });
    await service.ready;
  });
  afterAll(async () => {
    await service.close();
    await bucket.remove();
  });

  it.each([
    ["GET", "/livez", 200],
    ["GET", "/readyz", 200],
    ["GET", "/healthz", 204],
    ["GET", "/", 405],
    ["PUT", "/", 405],
    ["DELETE", "/", 405],
    ["POST", "/elsewhere", 405],
    ["POST", "/%zz", 405],
    ["POST", "/healthz", 405],
    ["GET", "/nowhere", 404],
    ["GET", "/schemas/faces.image.analyzed.json", 200],
    ["GET", "/schemas/__proto__", 404],
  ])("%s %s is answered %i", async (method, path, status) => {
    expect((await fetch(service.url + path, { method })).status).toBe(status);
  });

  it("takes part in the webhook handshake", async () => {
    const response = await fetch(service.url, { method: "OPTIONS", headers: { "WebHook-Request-Origin": "eventemitter.example.com" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("WebHook-Allowed-Origin")).toBe("eventemitter.example.com");
  });

  it.each([
    ["no event", { "content-type": "application/json" }, "{}", 415, "not-an-event"],
    ["an event without source", { "ce-specversion": "1.0", "ce-id": "1", "ce-type": "t" }, "x", 400, "invalid-event"],
    ["an unknown specversion", { ...EVENT, "ce-specversion": "7.0" }, "x", 400, "invalid-event"],
    ["a structured event that does not parse", { "content-type": CLOUDEVENT }, "{", 400, "invalid-event"],
    ["a batch with an invalid member", { "content-type": "application/cloudevents-batch+json" }, '[{"specversion":"1.0"}]', 400, "invalid-event"],
    ["an OSS event without a record", { ...EVENT, "ce-type": "oss:ObjectCreated:PutObject", "content-type": "application/json" }, '{"a":1}', 400, "invalid-notification"],
    ["a body over the limit", EVENT, "x".repeat(10_001), 413, "event-too-large"],
    ["a body that says it is gzip and is not", { ...EVENT, "content-encoding": "gzip" }, "x", 400, "invalid-event"],
  ])("refuses %s with a small problem document", async (_name, headers, body, status, code) => {
    const answer = await send(service.url, headers, body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(JSON.parse(answer.text)).toMatchObject({ status, code, type: "about:blank" });
    expect(Buffer.byteLength(answer.text)).toBeLessThan(768);
    expect(service.log()).toContain(`rejected: ${code}: `);
    expect(answer.text).not.toContain("    at ");
  });

  it("shows the first 200 bytes of what it refuses, and no more", async () => {
    await send(service.url, { "content-type": "text/plain" }, `${"a".repeat(200)}bbb\u001b[31m`);
    expect(service.log()).toContain("a".repeat(200));
    expect(service.log()).not.toContain("aab");
  });

  it("keeps a problem document small whatever the sender wrote", async () => {
    const answer = await send(service.url, { ...EVENT, "ce-type": `oss:Object${"A".repeat(3000)}`, "content-type": "application/json" }, "{}");
    expect(answer.status).toBe(400);
    expect(Buffer.byteLength(answer.text)).toBeLessThan(768);
  });

  /** Writes raw bytes and gives what comes back until the connection closes. */
  async function raw(text: string, end = false): Promise<string> {
    const socket = connect(Number(new URL(service.url).port), "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString()));
    if (end) socket.end(text);
    else socket.write(text);
    await once(socket, "close");
    return answer;
  }
  const HEAD = "POST / HTTP/1.1\r\nhost: x\r\nce-specversion: 1.0\r\nce-id: 1\r\nce-type: t\r\nce-source: /s\r\n";

  it("logs a body that is cut short, with what came of it, and goes on serving", async () => {
    await raw(`${HEAD}content-length: 100\r\n\r\nonly this`, true);
    while (!service.log().includes("only this")) await fetch(`${service.url}/livez`);
    expect(service.log()).toContain('rejected: body-cut-short: the body ended before its Content-Length (no content type: "only this")');
  });

  it("answers a body that stalls 503 when its time is over, and closes the connection", async () => {
    expect(await raw(`${HEAD}content-length: 100\r\n\r\nabc`)).toMatch(/^HTTP\/1.1 503 [^]*"code":"deadline"/);
  });

  it("refuses an announced length over the limit at once, with the first bytes in the log", async () => {
    expect(await raw(`${HEAD}content-length: 99999999\r\n\r\nthe beginning`)).toMatch(/^HTTP\/1.1 413 /);
    expect(service.log()).toContain('rejected: event-too-large: the request is larger than 10000 bytes (no content type: "the beginning")');
  });

  it("does not ask for a body that is too large", async () => {
    expect(await raw(`${HEAD}content-length: 99999999\r\nexpect: 100-continue\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
  });

  it("refuses a POST to a target that is no path as to any other", async () => {
    expect(await raw("POST * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toMatch(/^HTTP\/1.1 405 [^]*"code":"method-not-allowed"/);
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ] as const)("reads a body in %s, but no bomb", async (encoding, compress) => {
    const headers = { ...EVENT, "ce-id": `zipped-${encoding}`, "content-type": "application/json", "content-encoding": encoding };
    const post = (body: Buffer) => fetch(service.url, { method: "POST", headers, body });
    expect((await post(compress('{"zipped":true}'))).status).toBe(204);
    expect(service.log()).toContain(`id: zipped-${encoding}`);
    expect((await post(compress(Buffer.alloc(5_000_000, " ")))).status).toBe(413);
  });

  it.each([
    ["gzip", gzipSync(Buffer.alloc(20_000, "x"))],
    ["gzip", gzipSync(Buffer.alloc(200_000, "x"))],
    ["deflate", deflateSync(Buffer.alloc(20_000, "x"))],
  ])("survives what is wrong in %s behind the limit", async (encoding, body) => {
    body[body.length - 5] ^= 0xff;
    const defects: unknown[] = [];
    const noted = (error: unknown) => defects.push(error);
    process.on("uncaughtException", noted);
    const response = await fetch(service.url, { method: "POST", headers: { ...EVENT, "content-encoding": encoding }, body });
    expect(response.status).toBe(413);
    await raw(`${HEAD}content-length: 0\r\nconnection: close\r\n\r\n`); // by then the rest was decoded
    process.off("uncaughtException", noted);
    expect(defects).toEqual([]);
  });

  it("says which methods there are", async () => {
    const response = await fetch(service.url);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
  });

  it.each([
    ["binary", { ...EVENT, "content-type": "application/json" }, '{"a":1}'],
    ["binary with a charset", { ...EVENT, "content-type": "application/json;charset=utf-8" }, '{"a":1}'],
    ["binary whose JSON does not parse", { ...EVENT, "content-type": "application/json" }, "{nope"],
    ["without data", EVENT, ""],
    ["0.3", { ...EVENT, "ce-specversion": "0.3" }, "x"],
    ["0.2", { ...EVENT, "ce-specversion": "0.2" }, "x"],
    ["with an odd time", { ...EVENT, "ce-time": "2020-08-17T16:04:46.149Asia/Shanghai" }, "x"],
    ["an ActionTrail event of OSS", { ...EVENT, "ce-type": "oss:ActionTrail:ConsoleOperation", "ce-source": "acs.oss" }, "{}"],
    ["one of our own results", { ...EVENT, "ce-type": "faces.image.analyzed" }, "{}"],
    ["of our own source", { ...EVENT, "ce-type": "oss:ObjectCreated:PutObject", "ce-source": "/oss-faces" }, "{}"],
    ["structured", { "content-type": `${CLOUDEVENT}; charset=UTF-8` }, '{"specversion":"1.0","id":"1","type":"t","source":"/s","data":0}'],
    ["an empty batch", { "content-type": "application/cloudevents-batch+json" }, "[]"],
  ])("answers any other event 204 without a body: %s", async (_name, headers, body) => {
    const answer = await send(service.url, headers, body);
    expect([answer.status, answer.text]).toEqual([204, ""]);
  });

  it("displays what the Broker gave up, and does not work on it", async () => {
    const headers = { ...EVENT, "ce-id": "lost-1", "ce-type": "oss:ObjectCreated:PutObject", "ce-knativeerrorcode": "503", "content-type": "application/json" };
    expect((await send(`${service.url}/dead-letters`, headers, '{"eventSource":"acs:oss"}')).status).toBe(204);
    expect(service.log()).toContain('error: given up by the Broker: event lost-1, last answer 503');
    expect(service.log()).toContain("  knativeerrorcode: 503\nData,\n");
  });
});
