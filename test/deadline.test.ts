import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readConfig } from "../src/config.js";
import type { Analysis, FacePool } from "../src/faces/engine.js";
import { startService } from "../src/service.js";
import { encodeEvent } from "../src/sources/notification.js";
import { createLog } from "../src/telemetry/log.js";
import { folderBucket, notification, sample, sendEvent, start } from "./kit/service.js";
import { type Fault, startOssServer } from "./storage/oss-server.js";

const KEYS = { accessKeyId: "LTAItestkeyid", accessKeySecret: "test-key-secret-0123456789" };
const event = (key: string, id = key) => notification({ bucket: "photos", key }, "eventbridge", id);

let bucket: Awaited<ReturnType<typeof folderBucket>>;
beforeAll(async () => {
  bucket = await folderBucket();
  await bucket.copySample(1, "team.jpg");
});
afterAll(() => bucket.remove());

describe("past its deadline an event is answered 503, and its work ends", () => {
  it.each([
    ["that never begins", "silent"],
    ["that stalls", { stall: 20_000 }],
    ["that drips", { drip: 100 }],
  ] satisfies [string, Fault][])("a download %s", async (_, fault) => {
    const oss = await startOssServer(KEYS);
    oss.put("photos", "team.jpg", await readFile(sample(1)));
    oss.fault("team.jpg", fault);
    const service = await start({ OSS_ENDPOINT: oss.url, OSS_ACCESS_KEY_ID: KEYS.accessKeyId, OSS_ACCESS_KEY_SECRET: KEYS.accessKeySecret, EVENT_DEADLINE: "300ms" });
    const answer = await sendEvent(service.url, event("team.jpg"));
    expect([answer.status, answer.headers.get("retry-after"), JSON.parse(answer.text).code]).toEqual([503, "1", "deadline"]);
    await oss.unconnected();
    expect(await service.close()).toBe(true);
    await oss.close();
  });

  it("a sink that hangs", async () => {
    const sink = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(sink, "listening");
    const connected = once(sink, "connection");
    const { service } = await startWith(poolOf(() => Promise.resolve(ANALYSIS)), { K_SINK: `http://127.0.0.1:${(sink.address() as AddressInfo).port}`, EVENT_DEADLINE: "500ms" });
    const answer = sendEvent(service.url, event("team.jpg"));
    const [socket] = (await connected) as [NodeJS.EventEmitter];
    await once(socket, "close"); // the try ended with the event
    expect([(await answer).status, JSON.parse((await answer).text).code]).toEqual([503, "deadline"]);
    await service.close();
    sink.close();
  });

  it("a worker that does not become free", async () => {
    const aborted: unknown[] = [];
    const pool = poolOf((signal) => new Promise((_, reject) => signal.addEventListener("abort", () => {
      aborted.push(signal.reason);
      reject(signal.reason as Error);
    })));
    const { service } = await startWith(pool, { EVENT_DEADLINE: "200ms" });
    const answers = await Promise.all(["1", "2", "3"].map((id) => sendEvent(service.url, event("team.jpg", id))));
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(aborted).toHaveLength(3);
    await service.close();
  });
});

const ANALYSIS: Analysis = { picture: { format: "jpeg", width: 1, height: 1, orientation: 1 }, faces: [], timings: { decode: 0, detect: 0 } };

function poolOf(analyze: (signal: AbortSignal) => Promise<Analysis>): FacePool & { alive: boolean; lost: boolean } {
  return { info: { name: "none", version: "1", models: [] }, alive: true, lost: false, ready: () => Promise.resolve(), close: () => Promise.resolve(), analyze: (_, signal) => analyze(signal) };
}

async function startWith(pool: FacePool, env: Record<string, string> = {}) {
  const lines: string[] = [];
  const log = createLog({ format: "text", level: "info", write: (text) => lines.push(text) });
  const service = await startService(readConfig({ PORT: "0", METRICS_PORT: "0", STORAGE: bucket.root, ...env }), { host: "127.0.0.1", pool, log });
  await service.ready;
  return { service, log: () => lines.join("") };
}

it("a sender that hangs up ends nothing: the next delivery finds the result, and nothing is left behind", async () => {
  let begun: () => void = () => undefined;
  const inWork = new Promise<void>((resolve) => (begun = resolve));
  let finish: (analysis: Analysis) => void = () => undefined;
  let count = 0;
  const pool = poolOf(() => {
    count += 1;
    begun();
    return new Promise((resolve) => (finish = resolve));
  });
  const { service, log } = await startWith(pool);
  const { headers, body } = encodeEvent(event("team.jpg"), "binary");
  const sender = new AbortController();
  const given = fetch(service.url, { method: "POST", headers, body, signal: sender.signal });
  await inWork;
  sender.abort();
  await expect(given).rejects.toThrow();
  const again = sendEvent(service.url, event("team.jpg"));
  while (log().split("cloudevents.Event").length < 3) await fetch(`${service.url}/livez`); // both are let in
  finish(ANALYSIS);
  expect([(await again).status, count]).toEqual([200, 1]);
  expect((await sendEvent(service.url, event("team.jpg"))).text).toBe((await again).text);
  expect(await service.close()).toBe(true); // nobody is inside any more
});

it("readiness falls while no worker lives, liveness where none will", async () => {
  const pool = poolOf(() => Promise.resolve(ANALYSIS));
  const { service } = await startWith(pool);
  const probes = () => Promise.all(["readyz", "livez"].map(async (path) => (await fetch(`${service.url}/${path}`)).status));
  expect(await probes()).toEqual([200, 200]);
  pool.alive = false;
  expect(await probes()).toEqual([503, 200]);
  pool.lost = true;
  expect(await probes()).toEqual([503, 503]);
  pool.alive = true;
  pool.lost = false;
  expect(await probes()).toEqual([200, 200]);
  await service.close();
});

it("photos are admitted by the size that their events declare", async () => {
  let finish: (analysis: Analysis) => void = () => undefined;
  let begun: () => void = () => undefined;
  const inWork = new Promise<void>((resolve) => (begun = resolve));
  const pool = poolOf(() => {
    begun();
    return new Promise((resolve) => (finish = resolve));
  });
  const { service, log } = await startWith(pool, { QUEUE_BYTES: "100KB" });
  const sized = (id: string) => notification({ bucket: "photos", key: "team.jpg", size: 80_000 }, "eventbridge", id);
  const first = sendEvent(service.url, sized("first"));
  await inWork;
  const second = await sendEvent(service.url, sized("second"));
  expect([second.status, JSON.parse(second.text).code]).toEqual([429, "busy"]);
  expect(log()).toContain("warn: busy: ");
  expect(log()).not.toContain("id: second"); // what is not let in is not displayed
  finish(ANALYSIS);
  expect((await first).status).toBe(200);
  await service.close();
});
