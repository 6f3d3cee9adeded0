import { HTTP } from "cloudevents";
import type { CloudEventV1 } from "cloudevents";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeEvent, NOTIFICATION_FORMS, notificationEvent, ossRecord } from "../../src/sources/notification.js";

const KEY = '照片/a "b" 100%.jpg';
const CHANGE = {
  bucket: "photos",
  key: KEY,
  size: 12990,
  etag: "137138904F2E18D307D04EB38EA44CDA",
  region: "cn-beijing",
  eventName: "ObjectCreated:PutObject",
  mimeType: "image/jpeg",
  time: new Date("2024-06-18T06:44:16Z"),
};
const record = ossRecord(CHANGE);

/** Sends what was encoded over HTTP and gives back what arrived. */
async function overHttp({ headers, body }: { headers: Record<string, string>; body: string }): Promise<{ headers: Record<string, string>; body: string }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => response.end(JSON.stringify({ headers: request.headers, body: Buffer.concat(parts).toString() })));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { method: "POST", headers, body });
    return (await answer.json()) as { headers: Record<string, string>; body: string };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("a record", () => {
  it("is spelled as OSS spells it", () => {
    expect(record).toMatchObject({
      eventName: "ObjectCreated:PutObject",
      eventSource: "acs:oss",
      eventTime: "2024-06-18T06:44:16.000Z",
      eventVersion: "1.0",
      region: "cn-beijing",
      oss: {
        bucket: { name: "photos" },
        object: { key: KEY, size: 12990, eTag: "137138904F2E18D307D04EB38EA44CDA", objectMeta: { mimeType: "image/jpeg" } },
        ossSchemaVersion: "1.0",
      },
    });
    expect(record.oss.bucket.arn).toMatch(/^acs:oss:cn-beijing:\d+:photos$/);
    expect(record.responseElements.requestId).toMatch(/^[0-9A-F]{24}$/);
  });

  it("leaves out what is not known", () => {
    const { objectMeta, size, eTag } = ossRecord({ ...CHANGE, size: undefined, etag: undefined, mimeType: undefined }).oss.object;
    expect([objectMeta, size, eTag]).toEqual([undefined, undefined, undefined]);
  });

  const guide = new URL("../../../../shared/fixtures/events/eventbridge-guide.json", import.meta.url);
  if (existsSync(guide)) {
    it("has no field that the guide's has not, and all of them", () => {
      const { data } = JSON.parse(readFileSync(guide, "utf8")) as { data: object };
      const fields = (value: unknown, at = ""): string[] =>
        typeof value === "object" && value !== null ? Object.entries(value).flatMap(([name, inner]) => fields(inner, `${at}.${name}`)) : [at];
      expect(fields(record).sort()).toEqual(fields(data).sort());
    });
  }
});

describe("an event", () => {
  it("is EventBridge's: one record, the account and the bucket in its attributes", () => {
    const event = notificationEvent(record, { as: "eventbridge", id: "1" });
    expect(event).toMatchObject({
      specversion: "1.0",
      id: "1",
      type: "oss:ObjectCreated:PutObject",
      source: "acs.oss",
      datacontenttype: "application/json;charset=utf-8",
      aliyunregionid: "cn-beijing",
      aliyuneventbusname: "default",
      data: record,
    });
    expect(event.subject).toMatch(/^acs:oss:cn-beijing:\d+:photos\/照片\/a "b" 100%\.jpg$/);
  });

  const json = JSON.stringify({ events: [record] });
  const base64 = Buffer.from(json).toString("base64");
  it.each([
    ["mnsoss", "application/json", json],
    ["mnsoss-base64", "text/plain", base64],
    ["mnsoss-string", "application/json", `"${base64}"`],
    ["mnsoss-json-string", "application/json", JSON.stringify(json)],
  ] as const)("as %s has this body", (as, type, body) => {
    const event = notificationEvent(record, { as, id: "1" });
    expect(event).toMatchObject({ type: "alicloud.mns.topic", id: "1", datacontenttype: type });
    expect(event.source).not.toBe("");
    const encoded = encodeEvent(event, "binary");
    expect(encoded.body).toBe(body);
    expect(encoded.headers["content-type"]).toBe(type);
  });
});

describe("encoding", () => {
  it.each(NOTIFICATION_FORMS)("%s arrives whole in every mode", async (as) => {
    const event = notificationEvent(record, { as, id: "id-1" });
    const structured = await overHttp(encodeEvent(event, "structured"));
    expect(structured.headers["content-type"]).toBe("application/cloudevents+json; charset=utf-8");
    expect(JSON.parse(structured.body)).toEqual(JSON.parse(JSON.stringify(event)));

    const batch = await overHttp(encodeEvent(event, "batch"));
    expect(batch.headers["content-type"]).toBe("application/cloudevents-batch+json; charset=utf-8");
    expect(JSON.parse(batch.body)).toEqual([JSON.parse(JSON.stringify(event))]);

    const binary = await overHttp(encodeEvent(event, "binary"));
    for (const [name, value] of Object.entries(event)) {
      if (name === "data") continue;
      expect(name === "datacontenttype" ? binary.headers["content-type"] : decodeURIComponent(binary.headers[`ce-${name}`] ?? "")).toBe(value);
    }
  });

  it("is read by the SDK", async () => {
    const event = notificationEvent(record, { as: "mnsoss", id: "id-1" });
    for (const mode of ["binary", "structured"] as const) {
      const read = HTTP.toEvent(await overHttp(encodeEvent(event, mode))) as CloudEventV1<unknown>;
      expect(read).toMatchObject({ id: "id-1", type: "alicloud.mns.topic", data: event.data });
    }
  });

  it("percent-encodes in headers what the HTTP binding says, and no more", () => {
    const event = { specversion: "1.0", id: "1", type: "t", source: "s", subject: "Euro € 😀 \"q\" 100% ~!'()*+,/:;=?@[]\u0007" };
    expect(encodeEvent(event, "binary").headers["ce-subject"]).toBe("Euro%20%E2%82%AC%20%F0%9F%98%80%20%22q%22%20100%25%20~!'()*+,/:;=?@[]%07");
  });
});
