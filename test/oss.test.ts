import { readFile } from "node:fs/promises";
import type { AnalyzedData } from "../src/events/result-schema.js";
import { notification, sample, sendEvent, start, type TestService } from "./kit/service.js";
import { type OssServer, startOssServer } from "./storage/oss-server.js";

const KEYS = { accessKeyId: "LTAItestkeyid", accessKeySecret: "test-key-secret-0123456789" };

/** The whole way with a real download: event → ali-oss, signed → faces. */
describe("photos in OSS", () => {
  let oss: OssServer;
  let service: TestService;
  beforeAll(async () => {
    oss = await startOssServer(KEYS);
    oss.put("album", "team.jpg", await readFile(sample(1)));
    oss.put("album", "drawn.jpg", await readFile(sample(1)), { "oss-faces": "annotated" });
    oss.put("album", "data.bin", Buffer.alloc(500_000, "no picture "));
    service = await start({
      OSS_ENDPOINT: oss.url,
      OSS_ACCESS_KEY_ID: KEYS.accessKeyId,
      OSS_ACCESS_KEY_SECRET: KEYS.accessKeySecret,
      EVENT_DEADLINE: "5s",
      QUEUE: "1",
    });
    await service.ready;
  });
  afterAll(async () => {
    await service.close();
    await oss.close();
  });
  const event = (key: string, id = key) => notification({ bucket: "album", key }, "eventbridge", id);

  it("are downloaded with a V4 signature and analysed", async () => {
    const answer = await sendEvent(service.url, event("team.jpg"));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ image: { bucket: "album", key: "team.jpg", region: "cn-hangzhou" }, faces: [{}, {}, {}] });
    expect(String(oss.requests.at(-1)?.headers.authorization)).toContain("OSS4-HMAC-SHA256");
  });

  it.each([
    ["own-output", "drawn.jpg"],
    ["not-a-picture", "data.bin"],
  ])("are skipped when their metadata or first bytes say so: %s", async (reason, key) => {
    expect((await sendEvent(service.url, event(key))).status).toBe(204);
    expect(service.log()).toContain(`skipped album/${key}: ${reason}\n`);
  });

  it.each([
    ["access-denied", { status: 403, code: "AccessDenied" }],
    ["credentials", { status: 403, code: "SignatureDoesNotMatch" }],
    ["storage-unavailable", { status: 500, code: "InternalError" }],
  ] as const)("that OSS does not give now are trouble: 503 and %s, and the retry succeeds", async (code, fault) => {
    oss.put("album", `${code}.jpg`, await readFile(sample(1)));
    oss.fault(`${code}.jpg`, fault);
    const answer = await sendEvent(service.url, event(`${code}.jpg`));
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(JSON.parse(answer.text)).toMatchObject({ code });
    expect(service.log()).toContain(`warn: retry: ${code}: `);
    oss.fault(`${code}.jpg`, undefined);
    const retry = await sendEvent(service.url, event(`${code}.jpg`));
    expect((JSON.parse(retry.text) as AnalyzedData).faces).toHaveLength(3);
  });

  it("in one event: if one needs a retry all are answered 503, and the retry analyses only that one", async () => {
    oss.put("album", "later.jpg", await readFile(sample(4)));
    oss.fault("later.jpg", { status: 503, code: "ServiceUnavailable" });
    const records = ["team.jpg", "later.jpg"].map((key) => (notification({ bucket: "album", key }, "mnsoss").data as { events: object[] }).events[0]);
    const several = { ...notification({ bucket: "album", key: "x" }, "mnsoss", "several"), data: { events: records } };
    expect((await sendEvent(service.url, several)).status).toBe(503);
    oss.fault("later.jpg", undefined);
    const reads = oss.requests.length;
    const retry = await sendEvent(service.url, several);
    expect(JSON.parse(retry.text)).toMatchObject({ results: [{ image: { key: "team.jpg" } }, { image: { key: "later.jpg" }, faces: { length: 4 } }] });
    expect(oss.requests.slice(reads).map(({ key }) => key)).toEqual(["later.jpg"]);
  });

  it("beyond QUEUE at once are answered 429; past EVENT_DEADLINE 503", async () => {
    const hasty = await start({ OSS_ENDPOINT: oss.url, OSS_ACCESS_KEY_ID: KEYS.accessKeyId, OSS_ACCESS_KEY_SECRET: KEYS.accessKeySecret, EVENT_DEADLINE: "1500ms", QUEUE: "1" });
    await hasty.ready;
    oss.fault("silent.jpg", "silent");
    const [first, second] = await Promise.all([sendEvent(hasty.url, event("silent.jpg", "a")), sendEvent(hasty.url, event("silent.jpg", "b"))]);
    const third = await sendEvent(hasty.url, event("team.jpg"));
    await hasty.close();
    const codes = [first, second].map(({ status, text }) => [status, (JSON.parse(text) as { code: string }).code]).sort();
    expect(codes).toEqual([[429, "busy"], [503, "deadline"]]);
    expect(third.status).toBe(200);
  });

  it("are turned away with 503 while the service shuts down; the one in work is answered", async () => {
    const closing = await start({ OSS_ENDPOINT: oss.url, OSS_ACCESS_KEY_ID: KEYS.accessKeyId, OSS_ACCESS_KEY_SECRET: KEYS.accessKeySecret, EVENT_DEADLINE: "1s" });
    await closing.ready;
    oss.fault("slow.jpg", "silent");
    const asked = oss.requests.length;
    const inWork = sendEvent(closing.url, event("slow.jpg"));
    while (oss.requests.length === asked) await fetch(`${closing.url}/livez`);
    const closed = closing.close();
    const late = await sendEvent(closing.url, event("team.jpg"));
    const readiness = await fetch(`${closing.url}/readyz`);
    expect([late.status, late.headers.get("retry-after"), readiness.status]).toEqual([503, "1", 503]);
    expect(JSON.parse(late.text)).toMatchObject({ code: "draining" });
    expect((await inWork).status).toBe(503);
    await closed;
    expect(closing.log()).toContain("warn: draining: this instance is shutting down\n");
  });

  it("that are archived are failed", async () => {
    oss.put("album", "cold.jpg", await readFile(sample(1)));
    oss.fault("cold.jpg", { status: 403, code: "InvalidObjectState" });
    expect(JSON.parse((await sendEvent(service.url, event("cold.jpg"))).text)).toMatchObject({ error: { code: "object-archived" } });
  });

  it("without a bucket of that name, or with one that would become another host, are failed", async () => {
    const answer = await sendEvent(service.url, notification({ bucket: "evil.example/x", key: "team.jpg" }));
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: "bucket-not-found" } });
  });

  it("never show a credential in the log or an answer", () => {
    expect(service.log()).not.toContain(KEYS.accessKeySecret);
    expect(service.log()).not.toContain(KEYS.accessKeyId);
  });
});
