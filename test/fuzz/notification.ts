import fc from "fast-check";
import { Failure, InvalidNotification } from "../../src/errors.js";
import type { ReceivedEvent } from "../../src/events/event.js";
import type { Notification } from "../../src/events/oss.js";
import { receiveEvents } from "../../src/events/receive.js";
import { createLog } from "../../src/telemetry/log.js";
import { readNotification } from "../events/support.js";
import { anyBytes, attributeText, edited, edits, hostileJson } from "./arbitraries.js";
import { type Part, property, type Subject } from "./campaign.js";
import { knownRequests } from "./encode.js";
import { checkPollution, Tally } from "./rules.js";

/** Milliseconds of CPU time for one case of up to a megabyte. */
const QUICK = 1000;
const MEGABYTE = 1024 * 1024;

class Reader implements Subject {
  readonly tally = new Tally();
  close = () => Promise.resolve();

  /** What `read` gives, or the failure that it throws; anything else that is thrown breaks a rule. */
  try<T>(read: () => T): T | Failure {
    const before = process.cpuUsage();
    this.tally.cases += 1;
    try {
      const outcome = read();
      this.tally.check("total", true, outcome);
      return outcome;
    } catch (error) {
      this.tally.check("total", error instanceof Failure && error.kind === "rejected", error);
      return error as Failure;
    } finally {
      const { user, system } = process.cpuUsage(before);
      this.tally.check("quick", (user + system) / 1000 < QUICK, `${(user + system) / 1000} ms of CPU time`);
      checkPollution(this.tally);
    }
  }

  /** Reads a notification; whatever comes out has the types that it should have. */
  read(event: ReceivedEvent): Notification | Failure {
    const outcome = this.try(() => readNotification(event));
    if (outcome instanceof Failure) {
      this.tally.count(outcome.code);
      this.tally.check("status", outcome instanceof InvalidNotification, outcome);
    } else {
      this.tally.count(outcome.kind === "other" ? "other" : outcome.records.length === 0 ? "no records" : "records");
      if (outcome.kind === "records") for (const record of outcome.records) this.#shape(record);
    }
    return outcome;
  }

  #shape(record: object): void {
    const { eventName, bucket, key, size, ...others } = record as Record<string, unknown>;
    const { userMeta = {}, ...texts } = others;
    const sound = [eventName, bucket, key, ...Object.values(texts)].every((value) => typeof value === "string") && (size === undefined || (Number.isSafeInteger(size) && (size as number) >= 0));
    const named = !String(eventName).startsWith("Object") || (bucket !== "" && key !== "");
    this.tally.check("shape", sound && named && Object.values(userMeta as object).every((value) => typeof value === "string"), record);
  }
}

const eventOf = (type: string, data: Uint8Array | undefined, more: Partial<ReceivedEvent> = {}): ReceivedEvent => ({
  specversion: "1.0", id: "1", source: "acs.oss", type, extensions: {}, written: {}, ...(data && { data: { bytes: data, base64: false } }), ...more,
});

/** What a record tells, in the words of the documentation. */
const told = fc.record(
  {
    eventName: fc.constantFrom("ObjectCreated:PutObject", "ObjectRemoved:DeleteObject", "ObjectCreated:UploadPart"),
    bucket: fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}$/),
    key: attributeText,
    size: fc.nat(),
    etag: fc.stringMatching(/^[0-9A-F]{32}$/),
    region: fc.constantFrom("cn-hangzhou", "ap-southeast-1"),
    mimeType: fc.constantFrom("image/jpeg", "application/octet-stream", "text/plain"),
    eventTime: fc.constantFrom("2023-02-07T09:52:31.000Z", "2020-08-17T16:04:46.149Asia/Shanghai"),
  },
  { requiredKeys: ["eventName", "bucket", "key", "region", "eventTime"] },
);
type Told = typeof told extends fc.Arbitrary<infer T> ? T : never;

/** How sources are known to differ: quoted numbers and eTags, `oss:` in front, the one page that nests too much inside `oss`. */
const spelling = fc.record({ quotedSize: fc.boolean(), quotedEtag: fc.boolean(), lowerEtag: fc.boolean(), prefix: fc.boolean(), nested: fc.boolean(), nulls: fc.boolean(), delta: fc.constantFrom<unknown>(0, -5, "12", null, undefined) });
type Spelling = typeof spelling extends fc.Arbitrary<infer T> ? T : never;

function written({ eventName, bucket, key, size, etag, region, mimeType, eventTime }: Told, how: Spelling): Record<string, unknown> {
  const absent = how.nulls ? null : undefined;
  const eTag = etag === undefined ? absent : `${how.quotedEtag ? '"' : ""}${how.lowerEtag ? etag.toLowerCase() : etag}${how.quotedEtag ? '"' : ""}`;
  const about = { region, requestParameters: { sourceIPAddress: "10.0.0.1" }, responseElements: { requestId: "x" }, userIdentity: { principalId: "1" } };
  const object = { deltaSize: how.delta, eTag, key, size: size === undefined ? absent : how.quotedSize ? String(size) : size, objectMeta: mimeType === undefined ? absent : { mimeType } };
  return {
    eventName: how.prefix ? `oss:${eventName}` : eventName, eventSource: "acs:oss", eventTime, eventVersion: "1.0",
    oss: { bucket: { arn: `acs:oss:${region}:1234:${bucket}`, name: bucket, ownerIdentity: "1234", virtualBucket: "" }, object, ossSchemaVersion: "1.0", ruleId: "r", ...(how.nested ? about : {}) },
    ...(how.nested ? {} : about),
  };
}

const expected = ({ etag, ...rest }: Told) => ({ ...rest, ...(etag !== undefined && { etag }) });

/** The wrappings that were seen, one in the other: at most three, as nobody sends more. */
const wraps: Record<string, (text: string) => string> = {
  "base64": (text) => Buffer.from(text).toString("base64"),
  "base64 in lines": (text) => Buffer.from(text).toString("base64").replace(/.{76}/g, "$&\r\n"),
  "base64 without padding": (text) => Buffer.from(text).toString("base64").replace(/=+$/, ""),
  "a JSON string": (text) => JSON.stringify(text),
  "a JSON string with escapes": (text) => JSON.stringify(text).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "a byte order mark": (text) => `\ufeff${text}`,
  "white space": (text) => `\r\n\t ${text}\n`,
};
const wrapping = fc.array(fc.constantFrom(...Object.keys(wraps)), { maxLength: 3 }).filter((names) => !names.slice(0, -1).includes("a byte order mark")); // it stands in front of everything
const wrapped = (text: string, names: string[]) => names.reduce((inner, name) => wraps[name](inner), text);
const tails = fc.constantFrom("", "", "", '"}]}', "}}", " {", ',"key":"other.jpg"}}}]}', "\0\0", "\ufffd", '{"events":[]}', "x", '"');
const types = fc.constantFrom("oss:ObjectCreated:PutObject", "ObjectCreated:PutObject", "alicloud.mns.topic", "t");

/** Everything that may stand in the place of a member. */
const instead = fc.oneof(fc.constantFrom<unknown>(null, undefined, "", "1", 0, -1, 1.5, 1e21, true, [], {}, "x".repeat(5000), "\ud800"), fc.jsonValue({ maxDepth: 2 }));
const MEMBERS = ["eventName", "eventSource", "eventTime", "region", "oss", "oss.bucket", "oss.bucket.name", "oss.bucket.arn", "oss.object", "oss.object.key", "oss.object.size", "oss.object.eTag", "oss.object.objectMeta", "oss.object.objectMeta.userMeta", "oss.object.__proto__", "oss.constructor"];

function withMember(whole: Record<string, unknown>, path: string, value: unknown): Record<string, unknown> {
  const copy = structuredClone(whole);
  const names = path.split(".");
  const last = names.pop()!;
  const owner = names.reduce<unknown>((inner, name) => (typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[name] : undefined), copy);
  if (typeof owner === "object" && owner !== null) Object.defineProperty(owner, last, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** Notifications from the text of a few records to what the parser gives. */
export const NOTIFICATION: Part<Reader> = {
  start: () => Promise.resolve(new Reader()),
  properties: [
    property("what comes out of an encoding is what went in", 1500, (on: Reader) =>
      fc.property(fc.array(fc.tuple(told, spelling), { minLength: 1, maxLength: 4 }), wrapping, tails, types, fc.boolean(), (records, wrapping, tail, type, bare) => {
        const list = records.map(([record, how]) => written(record, how));
        const text = JSON.stringify(bare && list.length === 1 ? list[0] : { events: list }) + tail;
        const outcome = on.read(eventOf(type, Buffer.from(wrapped(text, wrapping))));
        const found = outcome instanceof Failure ? outcome : outcome.kind === "records" ? outcome.records : outcome.kind;
        on.tally.check("faithful", JSON.stringify(sorted(found)) === JSON.stringify(sorted(records.map(([record]) => expected(record)))), () => ({ found, records, wrapping }));
        if (tail.trim() !== "" && !(outcome instanceof Failure) && outcome.kind === "records") on.tally.check("faithful", outcome.warnings.length > 0, outcome);
      })),

    property("a record with anything in the place of members", 1500, (on: Reader) =>
      fc.property(told, spelling, fc.array(fc.tuple(fc.constantFrom(...MEMBERS), instead), { minLength: 1, maxLength: 3 }), types, (record, how, changes, type) => {
        const changed = changes.reduce((whole, [path, value]) => withMember(whole, path, value), written(record, how));
        const outcome = on.read(eventOf(type, Buffer.from(JSON.stringify(changed))));
        const untouched = changes.every(([path]) => !/^(eventName|eventSource|oss|oss\.bucket|oss\.bucket\.name|oss\.object|oss\.object\.key)$/.test(path));
        if (untouched) {
          const found = outcome instanceof Failure || outcome.kind === "other" ? undefined : outcome.records[0];
          on.tally.check("faithful", found?.bucket === record.bucket && found.key === record.key && found.eventName === record.eventName, () => ({ found, changes }));
        }
      })),

    property("damaged notifications", 1500, (on: Reader) =>
      fc.property(told, spelling, wrapping, edits(4), types, (record, how, wrapping, list, type) => {
        on.read(eventOf(type, edited(Buffer.from(wrapped(JSON.stringify({ events: [written(record, how)] }), wrapping)), list)));
      })),

    property("any data under any type", 1500, (on: Reader) =>
      fc.property(fc.oneof(types, attributeText), fc.option(anyBytes, { nil: undefined }), wrapping, attributeText, (type, data, wrapping, subject) => {
        const outcome = on.read(eventOf(type, data && Buffer.from(wrapped(data.toString("latin1"), wrapping), "latin1"), { subject }));
        const ofOss = /^(oss:)?Object[A-Z]/.test(type);
        on.tally.check("status", ofOss ? outcome instanceof Failure || (outcome.kind === "records" && outcome.records.length === 0) : !(outcome instanceof Failure) && (outcome.kind === "other" || outcome.records.length === 0), () => ({ type, outcome }));
      })),

    property("a megabyte of a pattern", 40, (on: Reader) =>
      fc.property(types, fc.oneof(fc.string({ unit: fc.constantFrom(..."[]{}\":,\\ \n0ae+-.=A/"), minLength: 1, maxLength: 4 }), fc.constantFrom('{"events":', '{"data":', "[[[", '"\\', '\\"', "AAAA", "=\n", " ;", "\ufeff", '{"a":1},')), fc.constantFrom("", "{", '{"events":[', '"', '{"oss":'), fc.constantFrom("", "}", '"', "]}", "=", "!"), (type, pattern, before, after) => {
        const text = before + pattern.repeat(Math.floor(MEGABYTE / pattern.length)) + after;
        on.read(eventOf(type, Buffer.from(text)));
        const envelope = `{"specversion":"1.0","id":"1","source":"s","type":${JSON.stringify(type)},"data":${text}}`;
        for (const body of [text, envelope]) on.try(() => receiveEvents({ "content-type": "application/cloudevents+json" }, Buffer.from(body)));
      })),

    property("any request is read or refused, and can be logged", 1000, (on: Reader) =>
      fc.property(knownRequests, edits(3), fc.boolean(), ({ headers, body }, list, damaged) => {
        const received = on.try(() => receiveEvents(Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), Buffer.from(value).toString("latin1")])), damaged ? edited(body, list) : body));
        if (received instanceof Failure) return on.tally.count(received.code);
        on.tally.count("received");
        for (const event of received.events) logged(on, event);
      })),

    property("any JSON is displayed in either format", 500, (on: Reader) =>
      fc.property(hostileJson, fc.constantFrom("application/json", "text/plain", "application/vnd.a+json"), (text, datacontenttype) => logged(on, eventOf("t", Buffer.from(text), { datacontenttype })))),
  ],
};

/** Both formats of the log take any event, the one of an object a line as one line of JSON. */
function logged(on: Reader, event: ReceivedEvent): void {
  for (const format of ["text", "json"] as const) {
    let text = "";
    on.try(() => createLog({ format, level: "info", write: (part) => (text += part) }).event(event));
    if (format === "text") on.tally.check("terminal", !/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(text), text);
    else on.tally.check("display", text.indexOf("\n") === text.length - 1 && (JSON.parse(text) as { event: { id: string } }).event.id === event.id, text);
  }
}

/** Members in one order, whatever theirs was. */
function sorted(found: unknown): unknown {
  return Array.isArray(found) ? found.map((record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))) : found;
}
