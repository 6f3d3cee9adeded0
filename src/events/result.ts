import { createHash } from "node:crypto";
import type { CloudEventV1 } from "cloudevents";
import type { ReceivedEvent } from "./event.js";
import type { OssRecord } from "./oss-record.js";
import type { BatchData, ObjectData, ResultType } from "./result-schema.js";

/** A result as a plain CloudEvent 1.0. */
export type ResultEvent<T = unknown> = CloudEventV1<T> & { data: T };

/** Who signs the results: the same for all of a process. */
export interface ResultIdentity {
  /** RESULT_SOURCE or what stands for it. */
  source: string;
  /** RESULT_TYPE_PREFIX: takes the place of `faces` in the type. */
  typePrefix: string;
  /** PUBLIC_URL, where it is known: the schemas are found below it. */
  publicUrl?: string;
}

export interface ResultInput<T> {
  type: ResultType;
  data: T;
  cause: ReceivedEvent;
  /** Absent where the result is not about one object. */
  record?: OssRecord;
  /** When it was analysed. */
  now: Date;
}

/**
 * One result event. Its id depends on the type and on what caused it only, so that a retry gives the same:
 * sha256, in hex, of the JSON array [type, source and id of the cause, bucket, key, the event's eTag], absent ones null.
 */
export function resultEvent<T>(identity: ResultIdentity, { type, data, cause, record, now }: ResultInput<T>): ResultEvent<T> {
  const name = prefixed(type, identity.typePrefix);
  const { traceparent, tracestate } = { ...cause.trace, ...cause.extensions };
  return {
    specversion: "1.0",
    id: hash([name, cause.source, cause.id, record?.bucket, record?.key, record?.etag]),
    type: name,
    source: identity.source,
    ...(record && { subject: `${record.bucket}/${record.key}` }),
    time: now.toISOString(),
    datacontenttype: "application/json",
    ...schemaOf(type, identity),
    causationid: cause.id,
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
    data,
  };
}

/**
 * The results of several records in one event, in their order. What they have in common, cause and trace, is its own;
 * its id is the sha256 of its type and their ids.
 */
export function batchResult(identity: ResultIdentity, results: ResultEvent<ObjectData>[], now: Date): ResultEvent<BatchData> {
  const type = prefixed("faces.batch.analyzed", identity.typePrefix);
  const shared = ["causationid", "traceparent", "tracestate"].flatMap((name) => {
    const values = new Set(results.map((result) => result[name]));
    const [value] = values;
    return values.size === 1 && value !== undefined ? [[name, value]] : [];
  });
  return {
    specversion: "1.0",
    id: hash([type, ...results.map(({ id }) => id)]),
    type,
    source: identity.source,
    time: now.toISOString(),
    datacontenttype: "application/json",
    ...schemaOf("faces.batch.analyzed", identity),
    ...(Object.fromEntries(shared) as Record<string, unknown>),
    data: { results: results.map((result) => ({ type: result.type, ...result.data })) },
  };
}

/** True for every type under our prefix: such events are displayed, never worked on. */
export function isOwnType(type: string, typePrefix: string): boolean {
  return type.startsWith(`${typePrefix}.`);
}

/** True for events of our own, whatever their type. */
export function isOwnEvent(event: Pick<ReceivedEvent, "type" | "source">, identity: ResultIdentity): boolean {
  return event.source === identity.source || isOwnType(event.type, identity.typePrefix);
}

const prefixed = (type: ResultType, prefix: string) => type.replace(/^faces\b/, () => prefix);

/** The schema's name does not follow the prefix: it is the same schema. */
function schemaOf(type: ResultType, { publicUrl }: ResultIdentity): { dataschema?: string } {
  return publicUrl === undefined ? {} : { dataschema: `${publicUrl.replace(/\/+$/, "")}/schemas/${type}.json` };
}

const hash = (parts: (string | undefined)[]) => createHash("sha256").update(JSON.stringify(parts)).digest("hex");
