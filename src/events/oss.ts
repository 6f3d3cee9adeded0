import { z } from "zod";
import { InvalidNotification } from "../errors.js";
import type { ReceivedEvent } from "./event.js";
import type { OssRecord } from "./oss-record.js";
import { quote } from "./quote.js";
import { describe, isObject, unwrap, type Unwrapped } from "./unwrap.js";

export type Notification =
  | { kind: "other" }
  /** No records where the notification says `events: []`. */
  | { kind: "records"; records: OssRecord[]; warnings: string[] };

const OSS_TYPE = /^(?:oss:)?Object[A-Z]/;
const OSS_SOURCE = "acs:oss";

// Of what a record may do without, a value of a wrong type is as good as none: it must not cost the photo.
const text = z.string().min(1).optional().catch(undefined);
const count = z.union([z.number(), z.string().regex(/^\d{1,15}$/).transform(Number)]).pipe(z.number().int().nonnegative()).optional().catch(undefined);

/** One record as OSS and EventBridge write it; some documents nest `region` inside `oss`. */
const recordSchema = z.object({
  eventName: text,
  eventTime: text,
  region: text,
  oss: z.object({
    region: text,
    bucket: z.object({ name: text, arn: text }).catch({}),
    object: z
      .object({
        key: text,
        size: count,
        eTag: text,
        objectMeta: z.object({ mimeType: text, userMeta: z.record(z.string(), z.unknown()).optional().catch(undefined) }).catch({}),
      })
      .catch({ objectMeta: {} }),
  }).catch({ bucket: {}, object: { objectMeta: {} } }),
});

/**
 * Finds the OSS records in an event. It is OSS's by its type (`[oss:]Object…`), or by a record of `acs:oss` in its data;
 * anything else is `other`, whatever its data looks like.
 * A record that lacks what names its object is left out with a warning: it must not cost the photos of the others.
 * A record is a step: there may be thousands.
 * @throws InvalidNotification where the type is OSS's but the data holds no record, or where each one lacks that
 */
export function* notificationSteps(event: ReceivedEvent): Generator<void, Notification> {
  const ofOss = OSS_TYPE.test(event.type);
  const content = event.data ? unwrap(event.data.bytes) : { instead: "no data" };
  const list = "value" in content ? candidates(content.value, ofOss) : undefined;
  const found = list?.filter((candidate) => isRecord(candidate, ofOss)) ?? [];
  if (!ofOss && found.length === 0) return isEmptyNotification(content) ? { kind: "records", records: [], warnings: [] } : { kind: "other" };
  if ("instead" in content) throw new InvalidNotification(`${quote(event.type)} with ${content.instead}`);
  if (!list) throw new InvalidNotification(`${quote(event.type)} without a record: its data is ${origin(content.value)}`);
  if (found.length === 0 && list.length > 0) {
    throw new InvalidNotification(`${quote(event.type)}: none of its ${list.length} records is of ${OSS_SOURCE}, the first is ${origin(list[0])}`);
  }
  const warnings = [...content.warnings];
  const alien = list.filter((candidate) => !isRecord(candidate, ofOss));
  if (alien.length > 0) warnings.push(`${alien.length} of ${list.length} records are not of ${OSS_SOURCE} and were left out, the first is ${origin(alien[0])}`);
  const records: OssRecord[] = [];
  const malformed: string[] = [];
  for (const [index, candidate] of list.entries()) {
    if (!isRecord(candidate, ofOss)) continue;
    const record = readRecord(candidate, index, event, list.length === 1);
    if (typeof record === "string") malformed.push(record);
    else records.push(record);
    yield;
  }
  if (malformed.length > 0 && records.length === 0) throw new InvalidNotification(malformed[0]);
  if (malformed.length > 0) warnings.push(`${malformed.length} of ${list.length} records are malformed and were left out: ${said(malformed)}`);
  return { kind: "records", records, warnings };
}

/** `{"events": []}` and nothing else: only OSS writes that, whatever type the source gives it. */
function isEmptyNotification(content: Unwrapped): boolean {
  if (!("value" in content) || !isObject(content.value)) return false;
  const { events, ...others } = content.value;
  return Array.isArray(events) && events.length === 0 && Object.keys(others).length === 0;
}

/** `{"events": […]}` of OSS itself, a bare array, or EventBridge's single record. */
function candidates(value: unknown, ofOss: boolean): unknown[] | undefined {
  if (Array.isArray(value) && value.length > 0) return value as unknown[];
  if (isObject(value) && Array.isArray(value.events)) return value.events as unknown[];
  return isRecord(value, ofOss) ? [value] : undefined;
}

function isRecord(value: unknown, ofOss: boolean): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  return value.eventSource === OSS_SOURCE || (ofOss && value.eventSource === undefined && isObject(value.oss));
}

function origin(candidate: unknown): string {
  return isObject(candidate) && typeof candidate.eventSource === "string" ? `of ${quote(candidate.eventSource)}` : describe(candidate);
}

/** The first few of them: one event may hold thousands of records. */
function said(malformed: string[]): string {
  return malformed.slice(0, 5).join("; ") + (malformed.length > 5 ? "; …" : "");
}

/** One record, or as text what it lacks. */
function readRecord(candidate: Record<string, unknown>, index: number, event: ReceivedEvent, alone: boolean): OssRecord | string {
  const { oss, ...record } = recordSchema.parse(candidate);
  const missing = (field: string) => `record ${index}: ${field} is missing or no text`;
  const eventName = (record.eventName ?? (/^(?:oss:)?(?:Object|Bucket)[A-Z]/.test(event.type) ? event.type : undefined))?.replace(/^oss:/, "");
  if (eventName === undefined) return missing("eventName");
  const arn = bucketInArn(oss.bucket.arn) ?? (alone ? bucketInSubject(event.subject) : undefined);
  const bucket = oss.bucket.name ?? arn?.bucket;
  const key = oss.object.key;
  if (eventName.startsWith("Object")) {
    if (bucket === undefined) return missing("oss.bucket.name");
    if (key === undefined) return missing("oss.object.key");
  }
  return {
    eventName,
    bucket: bucket ?? "",
    key: key ?? "",
    ...defined({
      eventTime: record.eventTime,
      size: oss.object.size,
      etag: oss.object.eTag?.replaceAll('"', "").toUpperCase(),
      region: record.region ?? oss.region ?? arn?.region,
      mimeType: oss.object.objectMeta.mimeType,
      userMeta: userMeta(oss.object.objectMeta.userMeta),
    }),
  };
}

/** `acs:oss:<region>:<uid>:<bucket>` */
function bucketInArn(arn: string | undefined) {
  const [, region, bucket] = /^acs:oss:([^:]*):[^:]*:([^/:]+)$/.exec(arn ?? "") ?? [];
  return bucket === undefined ? undefined : { bucket, region: region || undefined };
}

/** `acs:oss:<region>:<uid>:<bucket>/<key>`, EventBridge's subject. */
const bucketInSubject = (subject: string | undefined) => bucketInArn(subject?.split("/", 1)[0]);

function userMeta(members: Record<string, unknown> | undefined): Record<string, string> | undefined {
  const entries = Object.entries(members ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase().replace(/^x-oss-meta-/, ""), value]));
}

/** Leaves out what is undefined: an optional member is absent, not undefined. */
function defined<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}
