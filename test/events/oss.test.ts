import type { Notification } from "../../src/events/oss.js";
import type { ReceivedEvent } from "../../src/events/event.js";
import type { OssRecord } from "../../src/events/oss-record.js";
import { binary, fixture, readNotification, structured, thrownBy } from "./support.js";

const MIB = 1024 * 1024;
const JSON_TYPE = { "content-type": "application/json" };
const MNS = { ...JSON_TYPE, "ce-type": "alicloud.mns.topic", "ce-source": "topic" };
const BRIDGE = { ...JSON_TYPE, "ce-type": "oss:ObjectCreated:PutObject", "ce-source": "acs.oss" };

/** A record as OSS writes it, with changes. */
function record({ object = {}, bucket = {}, oss = {}, ...rest }: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    eventName: "ObjectCreated:PutObject", eventSource: "acs:oss", eventTime: "2023-02-07T09:52:31.000Z", eventVersion: "1.0", region: "cn-hangzhou",
    oss: {
      bucket: { arn: "acs:oss:cn-hangzhou:1234:photos", name: "photos", ownerIdentity: "1234", virtualBucket: "", ...(bucket as object) },
      object: { deltaSize: -5, eTag: "B350C082843DAC7E9E634193437EBA30", key: "a.jpg", size: 12990, ...(object as object) },
      ossSchemaVersion: "1.0", ruleId: "r", ...(oss as object),
    },
    requestParameters: { sourceIPAddress: "10.0.0.1" }, responseElements: { requestId: "x" }, userIdentity: { principalId: "1" },
    ...rest,
  };
}

const PLAIN: OssRecord = { eventName: "ObjectCreated:PutObject", eventTime: "2023-02-07T09:52:31.000Z", bucket: "photos", key: "a.jpg", size: 12990, etag: "B350C082843DAC7E9E634193437EBA30", region: "cn-hangzhou" };

const json = (value: unknown) => JSON.stringify(value);
const base64 = (text: string) => Buffer.from(text).toString("base64");

function recordsOf(event: ReceivedEvent): OssRecord[] {
  return ok(readNotification(event)).records;
}
function ok(notification: Notification) {
  if (notification.kind === "other") throw new Error("no OSS event");
  return notification;
}
/** Reads one record the way EventBridge sends it. */
const read = (members: object, headers = {}) => recordsOf(binary({ ...BRIDGE, ...headers }, json(members)))[0];

describe("every wrapping is opened", () => {
  const events = json({ events: [record()] });
  it.each([
    ["an object with events", MNS, events],
    ["raw base64", MNS, base64(events)],
    ["base64 in lines", MNS, base64(events).replace(/.{76}/g, "$&\r\n")],
    ["base64 without padding", MNS, base64(`${events} `).replace(/=+$/, "")],
    ["a JSON string of base64", MNS, json(base64(events))],
    ["a JSON string of JSON", MNS, json(events)],
    ["base64 of a JSON string of JSON", MNS, base64(json(events))],
    ["a byte order mark in front", MNS, `\ufeff${events}`],
    ["text/plain", { ...MNS, "content-type": "text/plain" }, base64(events)],
    ["no content type", { "ce-type": "t" }, events],
    ["EventBridge's single record", BRIDGE, json(record())],
    ["EventBridge's, with charset", { ...BRIDGE, "content-type": "application/json;charset=utf-8" }, json(record())],
    ["a record in data", BRIDGE, json({ data: record() })],
    ["events in data, as text", MNS, json({ id: "x", data: events })],
    ["an array of records", MNS, json([record()])],
    ["a record of unknown type but OSS's source", { ...JSON_TYPE, "ce-type": "anything" }, json(record())],
    ["a record without eventSource, by its type", BRIDGE, json(record({ eventSource: undefined }))],
  ])("%s", (_, headers, body) => {
    expect(readNotification(binary(headers, body))).toEqual({ kind: "records", records: [PLAIN], warnings: [] });
  });

  it("structured events likewise, base64 included", () => {
    for (const data of [record(), base64(events), events]) expect(recordsOf(structured({ type: "oss:ObjectCreated:PutObject", data }))).toEqual([PLAIN]);
    expect(recordsOf(structured({ type: "t", data_base64: base64(events) }))).toEqual([PLAIN]);
    expect(recordsOf(structured({ type: "t", specversion: "0.3", datacontentencoding: "base64", data: base64(events) }))).toEqual([PLAIN]);
  });

  it("the MnsOss guide's data with the tail of another message: the first value counts, with a warning", () => {
    const notification = readNotification(binary({ ...MNS, "ce-specversion": "0.2" }, fixture("guide-mnsoss.data")));
    expect(notification).toEqual({
      kind: "records",
      records: [{ eventName: "ObjectCreated:PostObject", eventTime: "2019-06-18T06:44:16.000Z", bucket: "testjian", key: "timg.jpg", size: 12990, etag: "137138904F2E18D307D04EB38EA44CDA", region: "cn-beijing" }],
      warnings: [expect.stringMatching(/^4\d\d bytes behind the first JSON value were ignored$/)],
    });
  });

  it("the EventBridge guide's event, as data and as the log line shows it", () => {
    const line = fixture("guide-eventbridge.json");
    const demo = { eventName: "ObjectCreated:PutObject", eventTime: "2023-02-07T09:52:31.000Z", bucket: "knative", key: "demo.data", size: 225496, etag: "B350C082843DAC7E9E634193437EBA30", region: "cn-hangzhou", mimeType: "application/octet-stream" };
    for (const body of [line, json((JSON.parse(line) as { data: unknown }).data)]) expect(recordsOf(binary(BRIDGE, body))).toEqual([demo]);
  });
});

describe("a record's members", () => {
  it.each([
    ["quoted numbers", record({ object: { size: "12990" } }), { size: 12990 }],
    ["size zero", record({ object: { size: 0 } }), { size: 0 }],
    ["a size that is none", record({ object: { size: "big" } }), { size: undefined }],
    ["a negative size", record({ object: { size: -1 } }), { size: undefined }],
    ["null", record({ object: { size: null, eTag: null }, eventTime: null }), { size: undefined, etag: undefined, eventTime: undefined }],
    ["an eTag in lower case and quotes", record({ object: { eTag: '"ab-1"' } }), { etag: "AB-1" }],
    ["an event name with oss:", record({ eventName: "oss:ObjectCreated:PostObject" }), { eventName: "ObjectCreated:PostObject" }],
    ["no event name: the type's", record({ eventName: undefined }), { eventName: "ObjectCreated:PutObject" }],
    ["region nested in oss", record({ region: undefined, oss: { region: "cn-beijing", userIdentity: {} } }), { region: "cn-beijing" }],
    ["no region: the arn's", record({ region: undefined, bucket: { arn: "acs:oss:cn-shanghai:1:photos" } }), { region: "cn-shanghai" }],
    ["no bucket name: the arn's", record({ bucket: { name: undefined, arn: "acs:oss:cn-hangzhou:1:other" } }), { bucket: "other" }],
    ["MIME type", record({ object: { objectMeta: { mimeType: "image/jpeg" } } }), { mimeType: "image/jpeg" }],
    ["user metadata", record({ object: { objectMeta: { userMeta: { "x-oss-meta-Who": "me", "faces": "1", n: 5 } } } }), { userMeta: { who: "me", faces: "1" } }],
    ["objectMeta of a wrong type", record({ object: { objectMeta: [1] } }), { mimeType: undefined, key: "a.jpg" }],
  ])("%s", (_, members, expected) => {
    expect(read(members)).toEqual({ ...PLAIN, ...expected });
  });

  it.each(["相册/王芳.jpg", "my photo (1).jpg", "a%20b.jpg", "100%.jpg", "a+b.jpg", " lead", "\u202eevil", "dir/", "__proto__"])("the key exactly as it stands: %j", (key) => {
    expect(read(record({ object: { key } }))?.key).toBe(key);
  });

  it("what the record lacks, the subject has", () => {
    const subject = { "ce-subject": "acs:oss:cn-hangzhou:1234:knative/a/b.jpg" };
    expect(read(record({ region: undefined, bucket: { name: "", arn: undefined } }), subject)).toMatchObject({ bucket: "knative", region: "cn-hangzhou" });
  });

  it("but not for several records: the subject names one object", () => {
    const anonymous = record({ bucket: { name: undefined, arn: undefined } });
    const { records, warnings } = ok(readNotification(binary({ ...BRIDGE, "ce-subject": "acs:oss:cn-hangzhou:1:b/k" }, json({ events: [record(), anonymous] }))));
    expect([records, warnings]).toEqual([[PLAIN], ["1 of 2 records are malformed and were left out: record 1: oss.bucket.name is missing or no text"]]);
  });

  it("absent members are absent, not undefined", () => {
    expect(Object.keys(read(record({ region: undefined, eventTime: undefined, bucket: { arn: "" }, object: { size: undefined, eTag: "" } })) ?? {})).toEqual(["eventName", "bucket", "key"]);
  });
});

describe("several records", () => {
  it("come in order", () => {
    const keys = ["b.jpg", "a.jpg", "b.jpg"];
    expect(recordsOf(binary(MNS, json({ events: keys.map((key) => record({ object: { key } })) }))).map(({ key }) => key)).toEqual(keys);
  });

  it("those of another source are left out, with a warning", () => {
    const list = [{ eventSource: "aws:s3", eventName: "ObjectCreated:Put" }, record(), null, "x"];
    expect(readNotification(binary(MNS, json({ events: list })))).toEqual({
      kind: "records",
      records: [PLAIN],
      warnings: ['3 of 4 records are not of acs:oss and were left out, the first is of "aws:s3"'],
    });
  });

  const nameless = record({ object: { key: undefined } });
  it.each([
    ["first", [nameless, record()], 1, "1 of 2 records are malformed and were left out: record 0: oss.object.key is missing or no text"],
    ["between", [record(), record({ eventName: undefined }), record()], 2, "1 of 3 records are malformed and were left out: record 1: eventName is missing or no text"],
    ["last, with one of somebody else", [record(), { eventSource: "aws:s3" }, nameless], 1, "1 of 3 records are malformed and were left out: record 2: oss.object.key is missing or no text"],
    ["many", [record(), ...Array<object>(7).fill(nameless)], 1, `7 of 8 records are malformed and were left out: ${[1, 2, 3, 4, 5].map((n) => `record ${n}: oss.object.key is missing or no text; `).join("")}…`],
  ])("a malformed one does not cost the others: %s", (_, list, good, warning) => {
    const { records, warnings } = ok(readNotification(binary(MNS, json({ events: list }))));
    expect(records).toEqual(Array<OssRecord>(good).fill(PLAIN));
    expect(warnings.at(-1)).toBe(warning);
  });

  it("there may be none: events: [], whatever the source's type is", () => {
    expect(readNotification(binary({ ...JSON_TYPE, "ce-type": "alicloud.mns.topic" }, json({ events: [] })))).toEqual({ kind: "records", records: [], warnings: [] });
    expect(readNotification(binary(BRIDGE, json({ events: [] })))).toEqual({ kind: "records", records: [], warnings: [] });
  });
});

describe("what is no OSS event is other, whatever its data", () => {
  it.each([
    ["a Kubernetes event", fixture("guide-apiserver.json")],
    ["no JSON", "{nope"],
    ["no data", ""],
    ["bytes", Buffer.from([255, 0])],
    ["base64 of anything", base64("hello")],
    ["null", "null"],
    ["events of somebody else", json({ events: [{ eventSource: "aws:s3" }] })],
    ["no events, but something else", json({ events: [], action: "ping" })],
    ["something like a record without its source", json({ oss: { bucket: { name: "b" }, object: { key: "k" } } })],
    ["nesting", "[".repeat(MIB)],
  ])("%s", (_, body) => {
    expect(readNotification(binary({ ...JSON_TYPE, "ce-type": "com.example.t" }, body))).toEqual({ kind: "other" });
  });

  it.each(["oss:ActionTrail:ConsoleOperation", "oss:CloudMonitor:PutBucket", "oss:BucketCreated:PutBucket", "Objective", "s3:ObjectCreated:Put", "oss:objectcreated:put"])("by its type: %s", (type) => {
    expect(readNotification(binary({ ...JSON_TYPE, "ce-type": type }, '{"eventName":"PutObject"}'))).toEqual({ kind: "other" });
  });
});

describe("an OSS type whose data holds no record is invalid, and the message says what is there", () => {
  it.each([
    ["", "with no data"],
    [" ", "with empty text"],
    ["{nope", 'with text that is neither JSON nor base64: "{nope"'],
    ["hello!", 'with text that is neither JSON nor base64: "hello!"'],
    [Buffer.from([0xff, 0xfe]), "with 2 bytes that are no UTF-8"],
    ["42", "without a record: its data is a number"],
    ["null", "without a record: its data is null"],
    ["[]", "without a record: its data is an array of 0"],
    ["{}", "without a record: its data is an empty object"],
    ['{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}', 'without a record: its data is an object with "a, b, c, d, e", …'],
    ['{"eventSource":"aws:s3","oss":{}}', 'without a record: its data is of "aws:s3"'],
    ['{"events":[{"eventSource":"aws:s3"},1]}', ': none of its 2 records is of acs:oss, the first is of "aws:s3"'],
    ['{"events":[[]]}', ": none of its 1 records is of acs:oss, the first is an array of 0"],
    ['{"events":{}}', 'without a record: its data is an object with "events"'],
    ['{"__proto__":{"eventSource":"acs:oss"}}', 'without a record: its data is an object with "__proto__"'],
  ])("%s: %s", (body, message) => {
    for (const type of ["oss:ObjectCreated:PutObject", "ObjectRemoved:DeleteObject"]) {
      expect(thrownBy(() => readNotification(binary({ ...JSON_TYPE, "ce-type": type }, body)))).toBe(`InvalidNotification: "${type}"${message.startsWith(":") ? "" : " "}${message}`);
    }
  });

  it.each([
    ["eventName", MNS, record({ eventName: undefined })],
    ["eventName", MNS, record({ eventName: 5 })],
    ["oss.bucket.name", MNS, record({ bucket: { name: undefined, arn: "x" } })],
    ["oss.object.key", MNS, record({ object: { key: "" } })],
    ["oss.object.key", MNS, record({ object: { key: ["a"] } })],
    ["oss.object.key", BRIDGE, record({ oss: { object: null } })],
    ["oss.bucket.name", BRIDGE, { eventSource: "acs:oss" }],
    ["oss.bucket.name", BRIDGE, { eventSource: "acs:oss", oss: "x" }],
  ])("or none with %s", (field, headers, broken) => {
    expect(thrownBy(() => readNotification(binary(headers, json({ events: [broken, broken] }))))).toBe(`InvalidNotification: record 0: ${field} is missing or no text`);
  });

  it("events of buckets need no key", () => {
    const bucket = record({ eventName: "BucketCreated:PutBucket", oss: { object: undefined } });
    expect(recordsOf(binary(MNS, json({ events: [bucket] })))).toEqual([expect.objectContaining({ eventName: "BucketCreated:PutBucket", bucket: "photos", key: "" })]);
  });
});

describe("hostile data comes to an outcome", () => {
  const strings = (count: number) => { let text = "x"; for (let i = 0; i < count; i++) text = json(text); return text; };
  it.each([
    ["a mebibyte of [", "[".repeat(MIB)],
    ["deep nesting", "[".repeat(MIB / 2) + "]".repeat(MIB / 2)],
    ["data in data", `${'{"data":'.repeat(MIB / 16)}1${"}".repeat(MIB / 16)}`],
    ["strings in strings", strings(14)],
    ["a mebibyte of base64", "A".repeat(MIB)],
    ["a value and a mebibyte behind it", `1${"[".repeat(MIB)}`],
    ["a quarter of a million records", `{"events":[${Array(MIB / 4).fill("{}").join(",")}]}`],
    ["control characters", "\u001b".repeat(MIB)],
  ])("%s", (_, body) => {
    expect(thrownBy(() => readNotification(binary(BRIDGE, body)))).toMatch(/^InvalidNotification: .{1,700}$/);
  });

  it("a tail as long as it likes costs only the warning", () => {
    expect(ok(readNotification(binary(BRIDGE, json(record()) + "[{\"".repeat(MIB / 4)))).warnings).toEqual([`${(3 * MIB) / 4} bytes behind the first JSON value were ignored`]);
  });

  it("nobody's prototype is touched", () => {
    const meta = JSON.parse('{"__proto__":"x","constructor":"y"}') as object;
    const members = json(record({ object: { objectMeta: { userMeta: meta } } })).replace('"requestParameters"', '"__proto__":{"region":"evil"},"requestParameters"');
    expect(recordsOf(binary(BRIDGE, members))[0]?.region).toBe("cn-hangzhou");
    expect(({} as Record<string, unknown>).region).toBeUndefined();
  });
});
