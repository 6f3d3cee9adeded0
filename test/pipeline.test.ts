import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { AnalyzedData, BatchData, FailedData } from "../src/events/result-schema.js";
import { NOTIFICATION_FORMS, ossRecord } from "../src/sources/notification.js";
import { folderBucket, notification, sample, send, sendEvent, start, type TestService } from "./kit/service.js";
import { startSink } from "./kit/sink.js";

const schemaOf = (type: string) => JSON.parse(readFileSync(new URL(`../../schemas/${type}.json`, import.meta.url), "utf8")) as object;
const ajv = new Ajv2020({ strict: false });
const validate = { analyzed: ajv.compile(schemaOf("faces.image.analyzed")), failed: ajv.compile(schemaOf("faces.image.failed")) };

let bucket: Awaited<ReturnType<typeof folderBucket>>;
let service: TestService;
beforeAll(async () => {
  bucket = await folderBucket();
  await bucket.copySample(1, "team.jpg");
  await bucket.copySample(4, "相册/王 芳+100%.jpg");
  await writeFile(bucket.path("notes"), "no picture at all, whatever its type says");
  await writeFile(bucket.path("empty.jpg"), "");
  await writeFile(bucket.path("damaged.jpg"), readFileSync(sample(1)).subarray(0, 30_000));
  await writeFile(bucket.path("icon.ico"), Buffer.from("000001000100101000000100200068040000", "hex"));
  service = await start({ STORAGE: bucket.root, EXCLUDE: "*.gif,private/**", OUTPUT_PREFIX: "out/", OSS_BUCKETS: "photos,gone", MAX_OBJECT_BYTES: "300000" });
  await service.ready;
});
afterAll(async () => {
  await service.close();
  await bucket.remove();
});

describe("other work is done between", () => {
  const removed = ossRecord({ bucket: "photos", key: "gone.jpg", eventName: "ObjectRemoved:DeleteObject" });
  const small = { specversion: "1.0", id: "of-many", type: "t", source: "/s" };
  const one = { ...small, id: "of-records", type: "oss:ObjectRemoved:DeleteObject", data: { events: Array(2000).fill(removed) } };
  it.each([
    ["thousands of events of a batch", "/", Array(9000).fill(small), /^ {2}id: of-many$/gm, 9000],
    ["thousands of events that a Broker gave up", "/dead-letters", Array(9000).fill({ ...small, id: "of-dead" }), /^ {2}id: of-dead$/gm, 9000],
    ["thousands of records", "/", [one], /^skipped photos\/gone.jpg: removed$/gm, 2000],
  ])("%s", async (_, path, events, line, total) => {
    const shown = () => service.log().match(line)?.length ?? 0;
    for (let inBetween = false; !inBetween; ) { // the work takes some 20 ms, in which a busy machine may send nothing: again then
      const before = shown();
      let isAnswered = false;
      const answer = send(service.url + path, { "content-type": "application/cloudevents-batch+json" }, JSON.stringify(events)).finally(() => (isAnswered = true));
      while (!isAnswered) {
        await fetch(`${service.url}/livez`);
        const now = shown() - before;
        inBetween ||= now > 0 && now < total;
      }
      expect((await answer).status).toBe(204);
    }
  });
});

describe("a photo's event", () => {
  const cases = NOTIFICATION_FORMS.flatMap((as) => (["binary", "structured", "batch"] as const).map((mode) => [as, mode] as const));
  it.each(cases)("as %s in %s mode gives its faces", async (as, mode) => {
    const answer = await sendEvent(service.url, notification({ bucket: "photos", key: "team.jpg" }, as, `${as}-${mode}`), mode);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("ce-type")).toBe("faces.image.analyzed");
    expect(answer.headers.get("ce-subject")).toBe("photos/team.jpg");
    expect(answer.headers.get("ce-causationid")).toBe(`${as}-${mode}`);
    expect(answer.headers.get("content-type")).toBe("application/json");
    const data = JSON.parse(answer.text) as AnalyzedData;
    expect(validate.analyzed(data)).toBe(true);
    expect(data.faces).toHaveLength(3);
    expect(data.image).toMatchObject({ bucket: "photos", key: "team.jpg", format: "jpeg" });
    expect(service.log()).toMatch(/^3 faces in photos\/team.jpg \(\d+ ms\)\n☁️ {2}cloudevents.Event\n/m);
  });

  it("with a Chinese key, spaces, + and % is answered in structured mode", async () => {
    const answer = await sendEvent(service.url, notification({ bucket: "photos", key: "相册/王 芳+100%.jpg" }));
    expect(answer.headers.get("content-type")).toMatch(/^application\/cloudevents\+json/);
    expect(JSON.parse(answer.text)).toMatchObject({ specversion: "1.0", subject: "photos/相册/王 芳+100%.jpg", data: { faces: [{}, {}, {}, {}] } });
  });

  it("delivered again gives the same event, without a second analysis", async () => {
    const event = notification({ bucket: "photos", key: "team.jpg" }, "eventbridge", "again");
    const [first, second] = await Promise.all([sendEvent(service.url, event), sendEvent(service.url, event)]);
    expect(second.text).toBe(first.text); // timings and all
    expect(second.headers.get("ce-id")).toBe(first.headers.get("ce-id"));
    expect(service.log()).toContain("photos/team.jpg: delivered again, the same result");
  });

  it("tells of an eTag that is not the event's", async () => {
    await sendEvent(service.url, notification({ bucket: "photos", key: "team.jpg", etag: "0123456789ABCDEF0123456789ABCDEF" }, "eventbridge", "other-etag"));
    expect(service.log()).toContain("warn: photos/team.jpg was overwritten: the event is of 0123456789ABCDEF0123456789ABCDEF");
  });
});

describe("a photo that cannot be used is a failed result", () => {
  it.each([
    ["object-not-found", { bucket: "photos", key: "missing.jpg" }],
    ["bucket-not-found", { bucket: "gone", key: "team.jpg" }],
    ["bucket-not-allowed", { bucket: "secrets", key: "team.jpg" }],
    ["bad-key", { bucket: "photos", key: "../photos/team.jpg" }],
    ["bad-key", { bucket: "photos", key: "/team.jpg" }],
    ["undecodable", { bucket: "photos", key: "damaged.jpg" }],
    ["unsupported-format", { bucket: "photos", key: "icon.ico" }],
    ["object-too-large", { bucket: "photos", key: "large.jpg" }],
  ])("%s", async (code, object) => {
    if (code === "object-too-large") await writeFile(bucket.path("large.jpg"), Buffer.concat([readFileSync(sample(1)), Buffer.alloc(300_000)]));
    const answer = await sendEvent(service.url, notification(object));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("ce-type")).toBe("faces.image.failed");
    const data = JSON.parse(answer.text) as FailedData;
    expect(validate.failed(data)).toBe(true);
    expect(data).toMatchObject({ image: object, error: { code }, event: { id: "1", source: "acs.oss" } });
    expect(service.log()).toContain(`failed ${object.bucket}/${object.key}: ${code}: `);
  });
});

describe("an event that asks for nothing is skipped", () => {
  it.each([
    ["removed", { key: "team.jpg", eventName: "ObjectRemoved:DeleteObject" }],
    ["not-an-upload", { key: "team.jpg", eventName: "ObjectCreated:UploadPart" }],
    ["not-a-picture", { key: "report.pdf" }],
    ["not-a-picture", { key: "notes" }],
    ["empty-object", { key: "empty.jpg" }],
    ["empty-object", { key: "team.jpg", size: 0 }],
    ["excluded", { key: "holiday/moving.gif" }],
    ["excluded", { key: "private/team.jpg" }],
    ["own-output", { key: "out/team.jpg" }],
  ])("%s: %o", async (reason, change) => {
    const answer = await sendEvent(service.url, notification({ bucket: "photos", ...change }));
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(service.log()).toContain(`skipped photos/${change.key}: ${reason}\n`);
  });

  it("no-records", async () => {
    const event = { ...notification({ bucket: "photos", key: "x" }, "mnsoss", "none"), data: { events: [] } };
    expect((await sendEvent(service.url, event)).status).toBe(204);
    expect(service.log()).toContain("skipped event none: no-records\n");
  });
});

describe("several photos in one request", () => {
  const records = (...keys: string[]) => keys.map((key) => (notification({ bucket: "photos", key }, "mnsoss").data as { events: object[] }).events[0]);
  const event = (id: string, ...keys: string[]) => ({ ...notification({ bucket: "photos", key: "x" }, "mnsoss", id), data: { events: records(...keys) } });

  it("give one batch result, in order, failures included", async () => {
    const answer = await sendEvent(service.url, event("several", "team.jpg", "report.pdf", "missing.jpg", "相册/王 芳+100%.jpg"));
    expect(answer.headers.get("ce-type")).toBe("faces.batch.analyzed");
    const { results } = JSON.parse(answer.text) as BatchData;
    expect(results.map(({ type, image }) => [type, image.key])).toEqual([
      ["faces.image.analyzed", "team.jpg"],
      ["faces.image.failed", "missing.jpg"],
      ["faces.image.analyzed", "相册/王 芳+100%.jpg"],
    ]);
    expect(ajv.validate(schemaOf("faces.batch.analyzed"), JSON.parse(answer.text))).toBe(true);
  });

  it("give the one result there is where the others are skipped", async () => {
    const answer = await sendEvent(service.url, event("one of two", "report.pdf", "team.jpg"));
    expect(answer.headers.get("ce-type")).toBe("faces.image.analyzed");
  });

  it("are worked on event by event in a batch request, after all members were found valid", async () => {
    const headers = { "content-type": "application/cloudevents-batch+json" };
    const members = [event("batch-1", "team.jpg"), event("batch-2", "missing.jpg")];
    const before = service.log().length;
    const bad = await fetch(service.url, { method: "POST", headers, body: JSON.stringify([...members, { specversion: "1.0" }]) });
    expect(bad.status).toBe(400);
    expect(service.log().slice(before)).not.toContain("team.jpg (");
    const good = await fetch(service.url, { method: "POST", headers, body: JSON.stringify(members) });
    expect(((await good.json()) as BatchData).results.map(({ type }) => type)).toEqual(["faces.image.analyzed", "faces.image.failed"]);
  });
});

describe("results at K_SINK", () => {
  it("come one by one, with the overrides; the request itself is answered 204", async () => {
    const sink = await startSink(503);
    const own = await start({ STORAGE: bucket.root, K_SINK: sink.url, K_CE_OVERRIDES: '{"extensions":{"team":"blue"}}' });
    const event = notification({ bucket: "photos", key: "team.jpg" });
    const answer = await sendEvent(own.url, event);
    const again = await sendEvent(own.url, event);
    await own.close();
    await sink.close();
    expect([answer.status, answer.text, again.status]).toEqual([204, "", 204]);
    expect(sink.received).toHaveLength(3); // 503, its retry, and the redelivery
    expect(sink.received.map(({ headers }) => headers["ce-team"])).toEqual(["blue", "blue", "blue"]);
    expect(new Set(sink.received.map(({ headers }) => headers["ce-id"])).size).toBe(1);
    expect(JSON.parse(sink.received[2].body)).toMatchObject({ image: { key: "team.jpg" } });
  });

  it("that it does not take are trouble: 503, and the retry finds the analysis done", async () => {
    const sink = await startSink(400);
    const own = await start({ STORAGE: bucket.root, K_SINK: sink.url });
    const event = notification({ bucket: "photos", key: "team.jpg" });
    const answer = await sendEvent(own.url, event);
    const retry = await sendEvent(own.url, event);
    await own.close();
    await sink.close();
    expect([answer.status, answer.headers.get("retry-after"), retry.status]).toEqual([503, "1", 204]);
    expect(JSON.parse(answer.text)).toMatchObject({ code: "sink" });
    expect(own.log().match(/^3 faces in/gm)).toHaveLength(1);
  });
});

it("events that arrive while models load wait for them", async () => {
  const own = await start({ STORAGE: bucket.root });
  const early = await fetch(`${own.url}/readyz`);
  const answer = await sendEvent(own.url, notification({ bucket: "photos", key: "team.jpg" }));
  const later = await fetch(`${own.url}/readyz`);
  await own.close();
  expect([early.status, answer.status, later.status]).toEqual([503, 200, 200]);
});

it("LOG_FORMAT=json prints one object a line", async () => {
  const own = await start({ STORAGE: bucket.root, LOG_FORMAT: "json", RESULTS: "log" });
  const answer = await sendEvent(own.url, notification({ bucket: "photos", key: "team.jpg" }));
  await sendEvent(own.url, notification({ bucket: "photos", key: "report.pdf" }));
  await own.close();
  const lines = own.log().trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(answer.status).toBe(204);
  expect(lines.map(({ outcome }) => outcome)).toEqual(["displayed", "analyzed", "displayed", "skipped"]);
  expect(lines[1]).toMatchObject({ level: "info", msg: expect.stringMatching(/^3 faces in photos\/team.jpg/), result: { type: "faces.image.analyzed" } });
});
