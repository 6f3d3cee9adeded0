import type { CloudEventV1 } from "cloudevents";
import { randomBytes } from "node:crypto";

/** What happened to an object, as a notification tells it. */
export interface OssChange {
  bucket: string;
  key: string;
  /** Bytes. */
  size?: number;
  /** Upper-case hex, unquoted. */
  etag?: string;
  /** `cn-hangzhou`, also where it is not known. */
  region?: string;
  /** Without the prefix `oss:`; an upload by default. */
  eventName?: string;
  mimeType?: string;
  /** Now by default. */
  time?: Date;
}

/** One record of an OSS notification, in OSS's own spelling. */
export interface RawRecord {
  eventName: string;
  eventSource: "acs:oss";
  eventTime: string;
  eventVersion: "1.0";
  oss: {
    bucket: { arn: string; name: string; ownerIdentity: string; virtualBucket: "" };
    object: { deltaSize: number; eTag?: string; key: string; size?: number; objectMeta?: { mimeType: string } };
    ossSchemaVersion: "1.0";
  };
  region: string;
  requestParameters: { sourceIPAddress: string };
  responseElements: { requestId: string };
  userIdentity: { principalId: string };
}

/** Stands for the Alibaba Cloud account that owns the bucket. */
const ACCOUNT = "1000000000000000";
/** Stands for the MNS topic of the older component. */
const TOPIC = "oss-notifications";

export function ossRecord({ bucket, key, size, etag, region = "cn-hangzhou", eventName = "ObjectCreated:PutObject", mimeType, time = new Date() }: OssChange): RawRecord {
  return {
    eventName,
    eventSource: "acs:oss",
    eventTime: time.toISOString(),
    eventVersion: "1.0",
    oss: {
      bucket: { arn: `acs:oss:${region}:${ACCOUNT}:${bucket}`, name: bucket, ownerIdentity: ACCOUNT, virtualBucket: "" },
      object: { deltaSize: size ?? 0, eTag: etag, key, size, ...(mimeType && { objectMeta: { mimeType } }) },
      ossSchemaVersion: "1.0",
    },
    region,
    requestParameters: { sourceIPAddress: "127.0.0.1" },
    responseElements: { requestId: randomBytes(12).toString("hex").toUpperCase() },
    userIdentity: { principalId: ACCOUNT },
  };
}

/** The ways in which notifications reach a service; the old component's encoding is not documented, so all that were seen. */
export const NOTIFICATION_FORMS = ["eventbridge", "mnsoss", "mnsoss-base64", "mnsoss-string", "mnsoss-json-string"] as const;
export type NotificationForm = (typeof NOTIFICATION_FORMS)[number];

/**
 * | form                 | data                                         |
 * |----------------------|----------------------------------------------|
 * | `eventbridge`        | the record                                   |
 * | `mnsoss`             | `{"events":[record]}`                        |
 * | `mnsoss-base64`      | that in base64, as text                      |
 * | `mnsoss-string`      | a JSON string of that base64                 |
 * | `mnsoss-json-string` | a JSON string of `{"events":[record]}`       |
 */
export function notificationEvent(record: RawRecord, { as, id }: { as: NotificationForm; id: string }): CloudEventV1<unknown> {
  const common = { specversion: "1.0", id, time: record.eventTime };
  if (as === "eventbridge") return { ...common, ...eventBridgeAttributes(record), data: record };
  const text = JSON.stringify({ events: [record] });
  const base64 = Buffer.from(text).toString("base64");
  const data = { mnsoss: { events: [record] }, "mnsoss-base64": base64, "mnsoss-string": base64, "mnsoss-json-string": text }[as];
  const datacontenttype = as === "mnsoss-base64" ? "text/plain" : "application/json";
  return { ...common, type: "alicloud.mns.topic", source: TOPIC, datacontenttype, data };
}

function eventBridgeAttributes({ eventName, eventTime, region, oss }: RawRecord) {
  return {
    type: `oss:${eventName}`,
    source: "acs.oss",
    subject: `${oss.bucket.arn}/${oss.object.key}`,
    datacontenttype: "application/json;charset=utf-8",
    aliyunaccountid: ACCOUNT,
    aliyunoriginalaccountid: ACCOUNT,
    aliyunpublishtime: eventTime,
    aliyuneventbusname: "default",
    aliyunregionid: region,
    aliyunpublishaddr: "127.0.0.1",
  };
}

export type EncodingMode = "binary" | "structured" | "batch";

/** An event as an HTTP request carries it. Source: CloudEvents HTTP binding 1.0.2 §3. */
export function encodeEvent(event: CloudEventV1<unknown>, mode: EncodingMode): { headers: Record<string, string>; body: string } {
  if (mode === "structured") return { headers: { "content-type": "application/cloudevents+json; charset=utf-8" }, body: JSON.stringify(event) };
  if (mode === "batch") return { headers: { "content-type": "application/cloudevents-batch+json; charset=utf-8" }, body: JSON.stringify([event]) };
  const { data, datacontenttype = "application/json", ...attributes } = event;
  const set = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return {
    headers: { "content-type": datacontenttype, ...Object.fromEntries(set.map(([name, value]) => [`ce-${name}`, headerValue(String(value))])) },
    body: typeof data === "string" && !datacontenttype.includes("json") ? data : JSON.stringify(data ?? null),
  };
}

/** Space, `"`, `%` and all but printable ASCII are percent-encoded. Source: CloudEvents HTTP binding 1.0.2 §3.1.3.2. */
function headerValue(text: string): string {
  return text.replace(/[^!-~]+|["%]/gu, (part) => [...Buffer.from(part)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""));
}
