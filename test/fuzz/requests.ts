import type { CloudEventV1 } from "cloudevents";
import fc from "fast-check";
import { crc32 } from "node:zlib";
import { NOTIFICATION_FORMS, type NotificationForm, notificationEvent, type OssChange, ossRecord, type RawRecord } from "../../src/sources/notification.js";
import { anyBytes, attributeText, hostileJson, oddCase, rarely } from "./arbitraries.js";
import { type Fate, OBJECTS } from "./rig.js";

/** What an event asks for, as design §4 has it: nothing (204), results (in order), or a refusal. */
export type Expected =
  | { status: 204; /** Bytes that the display has to show. */ shown?: Buffer; /** Reasons in the log. */ skipped?: string[] }
  | { status: 200; results: ExpectedResult[]; skipped?: string[] }
  | { status: 400 | 413 | 415 };
export interface ExpectedResult {
  cause: { id: string; source: string; type: string; time?: string; traceparent?: string };
  bucket: string;
  key: string;
  etag?: string;
  failed?: string;
}

/** An event with its data as bytes (JSON text where `json`), and what has to come of it. */
export interface Told {
  attributes: Record<string, string>;
  data?: Buffer;
  /** The data is JSON text by its media type: a structured event has it as it is. */
  json: boolean;
  expected: Expected;
}

const CREATED = ["PutObject", "PostObject", "CopyObject", "AppendObject", "CompleteMultipartUpload"].map((action) => `ObjectCreated:${action}`);
const NOTHING_CREATED = ["ObjectCreated:InitiateMultipartUpload", "ObjectCreated:UploadPart", "ObjectCreated:UploadPartCopy", "ObjectRemoved:DeleteObject", "ObjectRemoved:DeleteObjects", "ObjectRemoved:AbortMultipartUpload", "ObjectDownloaded:GetObject", "ObjectReplication:ObjectCreated", "ObjectRestore:Completed"];
const TIMES = ["2023-02-07T09:52:31.000Z", "2020-08-17T16:04:46.149Asia/Shanghai", "yesterday", "0", "2023-02-30T99:99:99Z"];

const change: fc.Arbitrary<OssChange> = fc.record(
  {
    bucket: fc.oneof({ weight: 9, arbitrary: fc.constant("photos") }, { weight: 1, arbitrary: fc.constantFrom("absent", "..", "a/b", "photos\0", "__proto__", "桶") }),
    key: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...Object.keys(OBJECTS)) }, { weight: 1, arbitrary: attributeText.map((text) => `${text.replaceAll(/[/.]/g, "")}.jpg`) }),
    size: fc.constantFrom(1, 12_990, 0),
    etag: fc.constantFrom("B350C082843DAC7E9E634193437EBA30", "00000000000000000000000000000000"),
    eventName: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...CREATED) }, { weight: 1, arbitrary: fc.constantFrom(...NOTHING_CREATED) }),
    mimeType: fc.constantFrom("image/jpeg", "application/octet-stream", "image/x-unknown", "text/plain", "IMAGE/PNG; a=b"),
  },
  { requiredKeys: ["bucket", "key"] },
);

/** Design §4 again, in this test's own words: what one record ends as. */
function fateOf({ bucket, key, size, eventName = CREATED[0], mimeType = "image/" }: OssChange): Fate {
  if (!CREATED.includes(eventName)) return { skipped: eventName.startsWith("ObjectRemoved") ? "removed" : "not-an-upload" };
  if (size === 0) return { skipped: "empty-object" };
  if (!/^(image\/|application\/octet-stream)/i.test(mimeType) || key.endsWith(".txt")) return { skipped: "not-a-picture" };
  if (key.includes("\0") || key.startsWith("/") || key.includes("..") || Buffer.byteLength(key) > 1023) return { failed: "bad-key" };
  if (bucket !== "photos") return { failed: "bucket-not-found" };
  return Object.hasOwn(OBJECTS, key) ? OBJECTS[key] : { failed: "object-not-found" };
}

/** Several records go in `events` only: EventBridge sends one at a time. */
function notificationOf(records: RawRecord[], as: NotificationForm, id: string): CloudEventV1<unknown> {
  const event = notificationEvent(records[0], { as, id });
  if (records.length === 1) return event;
  const text = JSON.stringify({ events: records });
  const base64 = Buffer.from(text).toString("base64");
  return { ...event, data: { eventbridge: { events: records }, mnsoss: { events: records }, "mnsoss-base64": base64, "mnsoss-string": base64, "mnsoss-json-string": text }[as] };
}

const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const cause = fc.record({
  text: attributeText,
  as: fc.constantFrom(...NOTIFICATION_FORMS),
  happened: fc.date({ min: new Date("2015-01-01"), max: new Date("2035-01-01"), noInvalidDate: true }),
  time: fc.option(fc.constantFrom(...TIMES), { nil: undefined, freq: 3 }),
  trace: fc.option(fc.constant(TRACE), { nil: undefined }),
});

/** The same source and id are the same event: what an event says is part of its id, behind the first character. */
function idOf(text: string, says: unknown): string {
  const [first, ...others] = text;
  return `${first}${crc32(JSON.stringify(says))}${others.join("")}`;
}

const versions = fc.constantFrom("1.0", "1.0", "0.3", "0.2");

/** A notification of one record or a few, valid in every way. */
export const notificationEvents: fc.Arbitrary<Told> = fc
  .tuple(fc.oneof({ weight: 4, arbitrary: change.map((one) => [one]) }, { weight: 1, arbitrary: fc.array(change, { minLength: 2, maxLength: 4 }) }), cause, versions, rarely(6))
  .map(([changes, { text, as, happened, time, trace }, version, untyped]) => {
    const id = idOf(text, [changes, as, happened, time, trace]);
    const { data, specversion: _, ...rest } = notificationOf(changes.map((one) => ossRecord({ ...one, time: happened })), as, id);
    const attributes: Record<string, string> = { specversion: version, ...(rest as Record<string, string>), ...(time && { time }), ...(trace && { traceparent: trace }) };
    const json = attributes.datacontenttype.includes("json");
    if (untyped) delete attributes.datacontenttype;
    const { source, type, time: told } = attributes;
    const fates = changes.map(fateOf);
    const skipped = fates.flatMap((fate) => (typeof fate === "object" && "skipped" in fate ? [fate.skipped] : []));
    const results = changes.flatMap((one, i): ExpectedResult[] => {
      const fate = fates[i];
      const about = { cause: { id, source, type, ...(told && { time: told }), ...(trace && { traceparent: trace }) }, bucket: one.bucket, key: one.key, etag: one.etag };
      if (fate === "analyzed") return [about];
      return "failed" in fate ? [{ ...about, ...fate }] : [];
    });
    const bytes = Buffer.from(json ? JSON.stringify(data) : String(data));
    return { attributes, json, data: bytes, expected: results.length === 0 ? { status: 204, skipped } : { status: 200, results, skipped } };
  });

/** Types that only look like ours or OSS's are foreign, too. */
const foreignType = fc.oneof(
  fc.constantFrom("dev.knative.apiserver.resource.add", "dev.knative.sources.ping", "com.github.push", "oss:ActionTrail:ConsoleOperation", "oss:CloudMonitor:x", "alicloud.mns.topic", "oss:", "object:created", "acs:oss"),
  attributeText.filter((text) => !/^(oss:)?Object|^faces\./.test(text)),
);
const mediaTypes = fc.oneof(
  fc.constantFrom("application/json", "application/json;charset=utf-8", "text/plain", "text/xml", "application/octet-stream", "application/vnd.a+json", "x", "a/b; c=\"d;e\"", "image/jpeg", "application/json; charset=utf-16", ";", "multipart/form-data; boundary=x"),
  oddCase("application/json; charset=utf-8"),
);
const extensions = fc.dictionary(fc.stringMatching(/^x[a-z0-9]{0,12}$/), attributeText, { maxKeys: 4 });

/** Any event that is none of OSS: its data may be anything, also bytes that break their media type. */
export const foreignEvents: fc.Arbitrary<Told> = fc
  .record({
    versions,
    required: fc.record({ id: attributeText, type: foreignType, source: attributeText.filter((source) => source !== "/oss-faces") }),
    optional: fc.record({ subject: attributeText, time: fc.constantFrom(...TIMES) }, { requiredKeys: [] }),
    extensions,
    media: fc.option(mediaTypes, { nil: undefined }),
    data: fc.oneof(hostileJson, anyBytes),
  })
  .map(({ versions, required, optional, extensions, media, data }) => {
    const bytes = Buffer.from(data as string);
    const attributes = { specversion: versions, ...extensions, ...required, ...optional, ...(media && { datacontenttype: media }) };
    return { attributes, data: bytes.length > 0 ? bytes : undefined, json: typeof data === "string" && (media === undefined || /json/i.test(media)), expected: { status: 204, shown: bytes } };
  });

/** `events: []` asks for nothing, in whatever it comes. */
export const emptyNotifications: fc.Arbitrary<Told> = fc
  .tuple(attributeText, fc.constantFrom("oss:ObjectCreated:PutObject", "alicloud.mns.topic", "ObjectRemoved:DeleteObject"), versions, fc.constantFrom('{"events":[]}', '{ "events" : [ ] }\n', '"eyJldmVudHMiOltdfQ=="', '"{\\"events\\":[]}"'))
  .map(([id, type, specversion, text]) => ({ attributes: { specversion, id, type, source: "s", datacontenttype: "application/json" }, data: Buffer.from(text), json: true, expected: { status: 204, skipped: ["no-records"] } }));

/** Our own results come back, whatever they hold: displayed. */
export const ownEvents: fc.Arbitrary<Told> = fc
  .tuple(notificationEvents, fc.constantFrom<Record<string, string>>({ type: "faces.image.analyzed" }, { type: "faces.anything" }, { source: "/oss-faces" }))
  .map(([told, own]) => ({ ...told, attributes: { ...told.attributes, ...own }, expected: { status: 204 } }));

/** An OSS type whose data holds no record. */
export const recordless: fc.Arbitrary<Told> = fc
  .tuple(fc.constantFrom("oss:ObjectCreated:PutObject", "ObjectCreated:PutObject", "ObjectRemoved:DeleteObject", "oss:ObjectModified:X"), foreignEvents)
  .map(([type, told]) => ({ ...told, attributes: { ...told.attributes, type }, expected: { status: 400 } }));

/** A CloudEvent without one of the attributes that it must have, or of a version that nobody reads. */
export const incomplete: fc.Arbitrary<Told> = fc
  .tuple(fc.oneof(foreignEvents, notificationEvents), fc.constantFrom("id", "type", "source", "specversion"), fc.constantFrom("", "7.0", "1", "1.0.2", "0.1", "__proto__", "toString"), rarely(2))
  .map(([told, name, value, remove]) => {
    const attributes = { ...told.attributes };
    if (name === "specversion") attributes[name] = value === "" ? "2.0" : value;
    else if (remove) delete attributes[name];
    else attributes[name] = "";
    return { ...told, attributes, expected: { status: 400 } };
  });

export const anyTold: fc.Arbitrary<Told> = fc.oneof(
  { weight: 6, arbitrary: foreignEvents },
  { weight: 6, arbitrary: notificationEvents },
  { weight: 1, arbitrary: fc.oneof(ownEvents, emptyNotifications) },
  { weight: 1, arbitrary: recordless },
  { weight: 1, arbitrary: incomplete },
);
