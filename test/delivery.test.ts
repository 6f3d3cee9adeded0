import { setImmediate as turn } from "node:timers/promises";
import { readConfig } from "../src/config.js";
import { DeadlinePassed, StorageUnavailable } from "../src/errors.js";
import type { BatchData } from "../src/events/result-schema.js";
import type { FacePool } from "../src/faces/engine.js";
import { startPool } from "../src/start-pool.js";
import { type Answer, folderBucket, notification, sendEvent, start, type TestService } from "./kit/service.js";
import { type Received, startSink } from "./kit/sink.js";

/** One pool for all services of this file; what becomes of the next analyses can be set. */
let pool: FacePool;
let analyses: number;
let faults: (() => Promise<unknown>)[];
let shared: FacePool;
let bucket: Awaited<ReturnType<typeof folderBucket>>;
beforeAll(async () => {
  bucket = await folderBucket();
  await bucket.copySample(1, "team.jpg");
  await bucket.copySample(2, "other.jpg");
  await bucket.copySample(4, "王 芳.jpg");
  pool = startPool(readConfig({ WORKERS: "1" }));
  await pool.ready();
  shared = {
    info: pool.info,
    alive: true,
    ready: () => pool.ready(),
    close: () => Promise.resolve(),
    async analyze(bytes, signal) {
      analyses += 1;
      await faults.shift()?.();
      return pool.analyze(bytes, signal);
    },
  };
});
beforeEach(() => {
  analyses = 0;
  faults = [];
});
afterAll(async () => {
  await pool.close();
  await bucket.remove();
});

const startOne = (env: Record<string, string> = {}) => start({ STORAGE: bucket.root, ...env }, shared);
const photo = (key = "team.jpg", id = "1") => notification({ bucket: "photos", key }, "eventbridge", id);
/** One event of several records; a record that is no text's key is malformed. */
function album(id: string, ...keys: (string | number)[]) {
  const records = keys.map((key) => {
    const [record] = (notification({ bucket: "photos", key: String(key) }, "mnsoss").data as { events: { oss: { object: { key: unknown } } }[] }).events;
    record.oss.object.key = key;
    return record;
  });
  return { ...notification({ bucket: "photos", key: "x" }, "mnsoss", id), data: { events: records } };
}

/** Settles when so many events have arrived. */
async function arrived(service: TestService, events: number): Promise<void> {
  while ((service.log().match(/cloudevents\.Event\n/g)?.length ?? 0) < events) await turn();
}

/** An event as it came over the wire, whatever the mode. */
function eventOf(headers: Record<string, unknown>, text: string): Record<string, unknown> {
  if (String(headers["content-type"]).startsWith("application/cloudevents+json")) return JSON.parse(text) as Record<string, unknown>;
  const attributes = Object.entries(headers).filter(([name]) => name.startsWith("ce-")).map(([name, value]) => [name.slice(3), value] as const);
  return { ...Object.fromEntries(attributes), datacontenttype: headers["content-type"], data: JSON.parse(text) as unknown };
}
const reply = ({ headers, text }: Answer) => (text === "" ? undefined : eventOf(Object.fromEntries(headers), text));
const sent = ({ headers, body }: Received) => eventOf(headers, body);

describe("the reply and K_SINK get the same event", () => {
  const cases = ["none", "log", "reply", "sink", "log,reply", "log,sink", "reply,sink", "log,reply,sink"].flatMap((results) => [["binary", "team.jpg"], ["structured", "王 芳.jpg"]].map(([mode, key]) => [results, mode, key]));
  it.each(cases)("RESULTS=%s, %s mode", async (results, mode, key) => {
    const sink = await startSink();
    const own = await startOne({ RESULTS: results, K_SINK: sink.url, K_CE_OVERRIDES: '{"extensions":{"team":"blue","id":"mine"}}' });
    const traced = { ...photo(key), traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
    const answer = await sendEvent(own.url, traced);
    const again = await sendEvent(own.url, traced);
    await own.close();
    await sink.close();
    const [asReply, atSink] = [reply(answer), sink.received.map(sent)];

    expect([answer.status, asReply !== undefined]).toEqual(results.includes("reply") ? [200, true] : [204, false]);
    expect(atSink).toHaveLength(results.includes("sink") ? 2 : 0);
    expect(/^\d faces in/m.test(own.log())).toBe(results.includes("log"));
    expect(again.text).toBe(answer.text);
    expect(atSink[1]).toEqual(atSink[0]);
    if (atSink[0]) expect(atSink[0]).toMatchObject({ team: "blue", traceparent: traced.traceparent, causationid: "1", type: "faces.image.analyzed" });
    if (asReply && atSink[0]) {
      const { team: _team, ...rest } = atSink[0];
      expect(rest).toEqual(asReply); // id, time, data and all
    }
    for (const headers of [results.includes("reply") ? answer.headers.get("content-type") : null, sink.received[0]?.headers["content-type"]]) {
      if (headers) expect(headers).toMatch(mode === "structured" ? /^application\/cloudevents\+json/ : /^application\/json$/);
    }
  });
});

describe("an event delivered again", () => {
  it("while the first is in work, waits for it: one analysis, the same result", async () => {
    const own = await startOne();
    const answers = await Promise.all(Array.from({ length: 5 }, () => sendEvent(own.url, photo())));
    await own.close();
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.get("ce-id"))).size).toBe(1);
    expect(analyses).toBe(1);
    expect(own.log().match(/^3 faces in/gm)).toHaveLength(1);
    expect(own.log().match(/delivered again, the same result/g)).toHaveLength(4);
  });

  it("while the first fails, fails with it, and the next delivery works it out", async () => {
    const own = await startOne();
    faults = [() => arrived(own, 2).then(() => Promise.reject(new StorageUnavailable("not now")))];
    const both = await Promise.all([sendEvent(own.url, photo()), sendEvent(own.url, photo())]);
    const later = await sendEvent(own.url, photo());
    await own.close();
    expect([...both, later].map(({ status }) => status)).toEqual([503, 503, 200]);
    expect(analyses).toBe(2);
    expect(own.log()).not.toContain("delivered again, the same result");
  });

  it("is worked out anew where the first one's time was up before its own", async () => {
    const own = await startOne();
    faults = [() => arrived(own, 2).then(() => Promise.reject(new DeadlinePassed("not done")))];
    const answers = await Promise.all([sendEvent(own.url, photo()), sendEvent(own.url, photo())]);
    await own.close();
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 503]);
    expect(analyses).toBe(2);
  });

  it("after K_SINK failed is sent to it again with the same id, time and data, without a second analysis", async () => {
    const sink = await startSink(400, 202);
    const own = await startOne({ K_SINK: sink.url });
    const answers = [await sendEvent(own.url, photo()), await sendEvent(own.url, photo())];
    await own.close();
    await sink.close();
    expect(answers.map(({ status }) => status)).toEqual([503, 204]);
    expect(sink.received.map(sent)[1]).toEqual(sink.received.map(sent)[0]);
    expect([sink.received.length, analyses]).toEqual([2, 1]);
  });

  it("is remembered within bounds, however long the ids of events are", async () => {
    const own = await startOne({ RESULTS: "reply", LOG_LEVEL: "error" });
    await sendEvent(own.url, photo());
    await sendEvent(own.url, photo());
    const once = analyses;
    for (let i = 0; i < 20; i++) await sendEvent(own.url, photo("missing.jpg", `${i}${"x".repeat(900_000)}`), "structured"); // each id stands in the result twice
    await sendEvent(own.url, photo());
    await own.close();
    expect([once, analyses]).toEqual([1, 2]);
  });

  it("to another instance has the same id", async () => {
    const ids = [];
    for (let i = 0; i < 2; i++) {
      const own = await startOne();
      ids.push((await sendEvent(own.url, photo())).headers.get("ce-id"));
      await own.close();
    }
    expect(ids[1]).toBe(ids[0]);
  });
});

describe("an event of several records", () => {
  it("with one in trouble is answered 503, the others are done and at K_SINK, and again with the same ids at the retry", async () => {
    const sink = await startSink();
    faults = [() => Promise.resolve(), () => Promise.reject(new StorageUnavailable("not now"))];
    const own = await startOne({ K_SINK: sink.url, RESULTS: "log,reply,sink" });
    const event = album("album", "team.jpg", "other.jpg", "missing.jpg");
    const first = await sendEvent(own.url, event);
    const keysOf = (received: Received[]) => received.map((one) => [sent(one).type, sent(one).subject]);
    const afterFirst = [...sink.received];
    const retry = await sendEvent(own.url, event);
    await own.close();
    await sink.close();

    expect([first.status, (JSON.parse(first.text) as { code: string }).code]).toEqual([503, "storage-unavailable"]);
    expect(keysOf(afterFirst)).toEqual([["faces.image.analyzed", "photos/team.jpg"], ["faces.image.failed", "photos/missing.jpg"]]);
    expect(retry.status).toBe(200);
    expect(keysOf(sink.received.slice(2))).toEqual([["faces.image.analyzed", "photos/team.jpg"], ["faces.image.analyzed", "photos/other.jpg"], ["faces.image.failed", "photos/missing.jpg"]]);
    expect([sent(sink.received[2]), sent(sink.received[4])]).toEqual(afterFirst.map(sent));
    expect((reply(retry)!.data as BatchData).results.map(({ type, image }) => [type, image.key])).toEqual([["faces.image.analyzed", "team.jpg"], ["faces.image.analyzed", "other.jpg"], ["faces.image.failed", "missing.jpg"]]);
    expect(analyses).toBe(3); // team once, other twice
  });

  it("with one that K_SINK does not take is answered 503, and the others are sent", async () => {
    const sink = await startSink(400);
    const own = await startOne({ K_SINK: sink.url });
    const event = album("album", "team.jpg", "other.jpg");
    const statuses = [(await sendEvent(own.url, event)).status, (await sendEvent(own.url, event)).status];
    await own.close();
    await sink.close();
    expect(statuses).toEqual([503, 204]);
    expect(sink.received.map((one) => sent(one).subject)).toEqual(["photos/team.jpg", "photos/other.jpg", "photos/team.jpg", "photos/other.jpg"]);
    expect([new Set(sink.received.map((one) => sent(one).id)).size, analyses]).toEqual([2, 2]);
  });

  it("with one that is malformed works on the others, and says so", async () => {
    const own = await startOne();
    const answer = await sendEvent(own.url, album("album", 5, "team.jpg", "other.jpg"));
    const all = await sendEvent(own.url, album("all", 5, 6));
    await own.close();
    expect([answer.status, (reply(answer)!.data as BatchData).results.map(({ image }) => image.key)]).toEqual([200, ["team.jpg", "other.jpg"]]);
    expect(own.log()).toContain("warn: event album: 1 of 3 records are malformed and were left out: record 0: oss.object.key is missing or no text");
    expect([all.status, (JSON.parse(all.text) as { code: string }).code]).toEqual([400, "invalid-notification"]);
  });
});

it("K_SINK that asks to come again after the event's time is answered for at once", async () => {
  const sink = await startSink([503, { "retry-after": "3600" }]);
  const own = await startOne({ K_SINK: sink.url });
  const answer = await sendEvent(own.url, photo());
  await own.close();
  await sink.close();
  expect([answer.status, (JSON.parse(answer.text) as { detail: string }).detail]).toEqual([503, expect.stringContaining("answered 503, the next try would be 3600 s later and too late")]);
  expect(sink.received).toHaveLength(1);
});
