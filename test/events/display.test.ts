import { displayJson, displayText } from "../../src/events/display.js";
import { receiveEvents } from "../../src/events/receive.js";
import { utcTime } from "../../src/events/time.js";
import { binary, fixture, shared, structured, thrownBy } from "./support.js";

interface Recorded {
  name: string;
  headers: Record<string, string>;
  body?: string;
  bodyBase64?: string;
  status: number;
  printed: string;
}

const recorded = JSON.parse(fixture("display.json")) as Recorded[];
const unstarred = JSON.parse(shared("display/event-display.json") ?? "[]") as Recorded[];
const FRAME = "☁️  cloudevents.Event\nContext Attributes,\n  specversion: 1.0\n  type: com.example.t\n  source: /s\n";

function show({ headers, body, bodyBase64 }: Recorded): string {
  const bytes = bodyBase64 === undefined ? Buffer.from(body ?? "") : Buffer.from(bodyBase64, "base64");
  return receiveEvents(headers, bytes).events.map(displayText).join("");
}

/** Where we show what event_display refuses, or show it otherwise. */
const OURS: Record<string, string> = {
  "apiserver-0.2": '☁️  cloudevents.Event\nContext Attributes,\n  specversion: 0.2\n  type: x\n  source: /s\n  id: 1\n  datacontenttype: application/json\nData,\n  {\n    "a": 1\n  }\n',
  "bad-time": `${FRAME}  id: 1\n  time: 2020-08-17T16:04:46.149Asia/Shanghai\n  datacontenttype: text/plain\nData,\n  x\n`,
  batch: `${FRAME}  id: 1\nData,\n   1\n`,
  octets: `${FRAME}  id: 1\n  datacontenttype: application/octet-stream\nData,\n  00000000  00 ff 01 61 62 63                                 |...abc|\n`,
  "structured-base64-octets": `${FRAME}  id: 1\n  datacontenttype: application/octet-stream\nData (binary),\n  00000000  00 ff 01 61 62 63                                 |...abc|\n`,
};
const REFUSED: Record<string, string> = { "missing-source": "InvalidEvent", "not-an-event": "NotAnEvent" };

describe("what event_display printed is what we print", () => {
  it("33 requests are recorded", () => {
    expect(recorded).toHaveLength(33);
  });

  it.each([...recorded, ...unstarred].filter(({ name }) => !(name in OURS) && !(name in REFUSED)))("$name", (request) => {
    expect(show(request)).toBe(request.printed);
  });

  it.each(recorded.filter(({ name }) => name in OURS))("but for $name", (request) => {
    expect(show(request)).toBe(OURS[request.name]);
  });

  it.each(recorded.filter(({ name }) => name in REFUSED))("$name is refused, as there", (request) => {
    expect([thrownBy(() => show(request)).split(":")[0], request.printed]).toEqual([REFUSED[request.name], ""]);
  });
});

describe("the guides' events", () => {
  it("ApiServerSource, 0.2", () => {
    const guide = JSON.parse(fixture("guide-apiserver.json")) as { attributes: Record<string, string>; extensions: Record<string, string>; data: unknown };
    const { datacontenttype, ...attributes } = { ...guide.attributes, ...guide.extensions };
    const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]));
    const [event] = receiveEvents({ ...headers, "content-type": datacontenttype }, Buffer.from(JSON.stringify(guide.data))).events;
    expect(event && displayText(event)).toBe(`☁️  cloudevents.Event
Context Attributes,
  specversion: 0.2
  type: dev.knative.apiserver.resource.add
  source: https://10.39.240.1:443
  id: 716d4536-3b92-4fbb-98d9-14bfcf94683f
  time: 2019-05-10T23:27:06.695575294Z
  datacontenttype: application/json
Extensions,
  knativehistory: default-broker-b7k2p-channel-z7mqq.default.svc.cluster.local
  subject: /apis/v1/namespaces/default/events/busybox.159d7608e3a3572c
Data,
  ${JSON.stringify(guide.data, null, 2).replaceAll("\n", "\n  ")}
`);
  });

  it("EventBridge", () => {
    const { data } = JSON.parse(fixture("guide-eventbridge.json")) as { data: unknown };
    const event = binary({ "ce-type": "oss:ObjectCreated:PutObject", "ce-source": "acs.oss", "ce-time": "2023-02-07T09:52:31.000Z", "ce-aliyunregionid": "cn-hangzhou", "ce-aliyunaccountid": "1", "content-type": "application/json;charset=utf-8" }, JSON.stringify(data));
    expect(displayText(event)).toBe(`☁️  cloudevents.Event
Context Attributes,
  specversion: 1.0
  type: oss:ObjectCreated:PutObject
  source: acs.oss
  id: 1
  time: 2023-02-07T09:52:31Z
  datacontenttype: application/json;charset=utf-8
Extensions,
  aliyunaccountid: 1
  aliyunregionid: cn-hangzhou
Data,
  ${JSON.stringify(data, null, 2).replaceAll("\n", "\n  ")}
`);
  });

  it("MnsOss: no JSON because of what trails, so printed as it came", () => {
    const data = fixture("guide-mnsoss.data");
    const event = binary({ "ce-specversion": "0.2", "ce-type": "alicloud.mns.topic", "ce-source": "topic", "content-type": "application/json" }, data);
    expect(displayText(event)).toBe(`☁️  cloudevents.Event\nContext Attributes,\n  specversion: 0.2\n  type: alicloud.mns.topic\n  source: topic\n  id: 1\n  datacontenttype: application/json\nData,\n  ${data}\n`);
  });
});

describe("displayText", () => {
  it("prints what only 0.3 has: schemaurl and datacontentencoding", () => {
    const event = structured({ specversion: "0.3", subject: "x", schemaurl: "http://a/b", datacontenttype: "application/json", datacontentencoding: "base64", data: "eyJhIjoxfQ==", zz: "1" });
    expect(displayText(event)).toBe('☁️  cloudevents.Event\nContext Attributes,\n  specversion: 0.3\n  type: com.example.t\n  source: /s\n  subject: x\n  id: 1\n  schemaurl: http://a/b\n  datacontenttype: application/json\n  datacontentencoding: base64\nExtensions,\n  zz: 1\nData (binary),\n  {\n    "a": 1\n  }\n');
  });

  it.each([
    ["in attributes", { subject: "a\u001b[2J\nb\tc\u009b\u202e" }, "  subject: a\\x1b[2J\\x0ab\\x09c\\x9b\\u202e\n"],
    ["in extensions", { ext: "\r\u0000" }, "  ext: \\x0d\\x00\n"],
    ["in text, but for newline and tab", { datacontenttype: "text/plain", data: "a\u001b]0;x\u0007\n\tb\r\u007f\u2066" }, "Data,\n  a\\x1b]0;x\\x07\n\tb\\x0d\\x7f\\u2066\n"],
    ["in JSON", { datacontenttype: "application/json", data: ["\u009b\u202e"] }, '  [\n    "\\x9b\\u202e"\n  ]\n'],
  ])("leaves no control characters %s", (_, envelope, line) => {
    expect(displayText(structured(envelope))).toContain(line);
  });

  it("dumps bytes that are no UTF-8, sixteen a row", () => {
    const bytes = Buffer.from([...Array(18).keys(), 0x41, 0xff].map((byte) => byte));
    expect(displayText(binary({}, bytes))).toContain(
      "Data,\n  00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  |................|\n  00000010  10 11 41 ff                                       |..A.|\n",
    );
  });

  it("shows an encoded attribute as it was written, but a time in UTC", () => {
    const text = displayText(binary({ "ce-subject": "%E7%8E%8B", "ce-ext": '"q"', "ce-time": "2020-01-02T03%3A04%3A05+01:00" }));
    expect(text).toContain("  subject: %E7%8E%8B\n");
    expect(text).toContain('  ext: "q"\n');
    expect(text).toContain("  time: 2020-01-02T02:04:05Z\n");
  });

  it.each([
    ["[".repeat(1024 * 1024)],
    ["[".repeat(500_000) + "]".repeat(500_000)],
    ["[".repeat(9_000) + Array(400_000).fill("1").join(",") + "]".repeat(9_000)],
  ])("prints hostile JSON as it came %#", (body) => {
    expect(displayText(binary({ "content-type": "application/json" }, body))).toBe(`${FRAME}  id: 1\n  datacontenttype: application/json\nData,\n  ${body}\n`);
  });
});

describe("utcTime", () => {
  it.each([
    ["2023-02-07T09:52:31.000Z", "2023-02-07T09:52:31Z"],
    ["2020-01-02T03:04:05.678901234+08:00", "2020-01-01T19:04:05.678901234Z"],
    ["2020-01-02T03:04:05.1234567899Z", "2020-01-02T03:04:05.123456789Z"],
    ["2020-01-02T03:04:05.120Z", "2020-01-02T03:04:05.12Z"],
    ["2020-02-29T23:59:59-00:30", "2020-03-01T00:29:59Z"],
    ["0099-01-01T00:00:00Z", "0099-01-01T00:00:00Z"],
    ["2020-01-02t03:04:05z", "2020-01-02T03:04:05Z"],
  ])("%s is %s", (time, utc) => {
    expect(utcTime(time)).toBe(utc);
  });

  it.each(["2021-02-29T00:00:00Z", "2020-13-01T00:00:00Z", "2020-00-01T00:00:00Z", "2020-01-02T24:00:00Z", "2020-01-02T03:60:00Z", "2020-01-02T03:04:60Z", "2020-01-02T03:04:05", "2020-01-02 03:04:05Z", "2020-01-02T03:04:05+24:00", "2020-01-02T03:04:05+01:60", "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "x"])(
    "%s is none",
    (time) => {
      expect(utcTime(time)).toBeUndefined();
    },
  );
});

describe("displayJson", () => {
  it.each([
    ["JSON as a value", { datacontenttype: "application/json", data: { a: [1] } }, { data: { a: [1] } }],
    ["JSON by default", { data: 0 }, { data: 0 }],
    ["text as a string", { datacontenttype: "text/plain", data: "42" }, { data: "42" }],
    ["binary as base64", { data_base64: "AP8=" }, { data_base64: "AP8=" }],
    ["base64 of JSON as a value", { datacontenttype: "application/json", data_base64: "eyJhIjoxfQ==" }, { data: { a: 1 } }],
    ["extensions beside the attributes", { num: 5, flag: true, subject: "王", time: "yesterday" }, { num: 5, flag: true, subject: "王", time: "yesterday" }],
  ])("%s", (_, envelope, expected) => {
    const { datacontenttype } = envelope as { datacontenttype?: string };
    expect(displayJson(structured(envelope))).toStrictEqual({ specversion: "1.0", id: "1", type: "com.example.t", source: "/s", ...(datacontenttype && { datacontenttype }), ...expected });
  });

  it("gives what parses as no JSON as a string", () => {
    expect(displayJson(binary({ "content-type": "application/json" }, "{nope")).data).toBe("{nope");
  });

  it("names attributes as the version does", () => {
    expect(displayJson(structured({ specversion: "0.3", schemaurl: "http://x" }))).toMatchObject({ specversion: "0.3", schemaurl: "http://x" });
    expect(displayJson(structured({ specversion: "0.2", subject: "s" }))).toMatchObject({ subject: "s" });
  });

  it("can always be written as a line", () => {
    const nested = "[".repeat(500_000) + "]".repeat(500_000);
    expect(JSON.parse(JSON.stringify(displayJson(binary({}, nested))))).toMatchObject({ data: nested });
    expect(JSON.stringify(displayJson(binary({}, '{"__proto__":{"a":1}}')))).toContain('"data":{"__proto__":{"a":1}}');
  });
});
