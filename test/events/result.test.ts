import Ajv from "ajv/dist/2020.js";
import { CloudEvent, HTTP } from "cloudevents";
import type { ReceivedEvent } from "../../src/events/event.js";
import { jsonSchemas } from "../../src/events/json-schema.js";
import type { OssRecord } from "../../src/events/oss-record.js";
import { receiveEvents } from "../../src/events/receive.js";
import { encodeReply, prettyJson, resultText } from "../../src/events/reply.js";
import { analyzedSchema, batchSchema, failedSchema, RESULT_SCHEMAS } from "../../src/events/result-schema.js";
import type { AnalyzedData, FailedData } from "../../src/events/result-schema.js";
import { batchResult, isOwnEvent, isOwnType, resultEvent } from "../../src/events/result.js";
import { binary, committedSchema, dataOf, without } from "./support.js";

const NOW = new Date("2024-05-06T07:08:09.123Z");
const IDENTITY = { source: "/oss-faces", typePrefix: "faces" };
const CAUSE = binary({ "ce-id": "cause", "ce-source": "acs.oss", "ce-type": "oss:ObjectCreated:PutObject" });
const RECORD: OssRecord = { eventName: "ObjectCreated:PutObject", bucket: "photos", key: "a.jpg", etag: "AB" };

const face: AnalyzedData["faces"][number] = {
  box: { x: 1.5, y: 2, width: 30, height: 40 },
  score: 0.9,
  points: { leftEye: [1, 2], rightEye: [3, 4], nose: [5, 6], mouthLeft: [7, 8], mouthRight: [9.5, 10] },
  person: null,
  pose: { roll: 1, yaw: 2, pitch: 3 },
};
const ANALYZED: AnalyzedData = {
  image: { bucket: "photos", key: "a.jpg", region: "cn-hangzhou", etag: "AB", size: 5, format: "jpeg", width: 100, height: 200, orientation: 1 },
  event: { id: "cause", source: "acs.oss", type: "oss:ObjectCreated:PutObject", time: "2023-02-07T09:52:31.000Z" },
  faces: [face],
  engine: { name: "onnx", version: "1", models: [{ name: "centerface", sha256: "00" }] },
  timings: { download: 1, decode: 2, detect: 3, total: 6 },
};
const FAILED: FailedData = { image: { bucket: "photos", key: "b.jpg" }, error: { code: "undecodable", message: "cut short" } };

const analyzed = (changes: { cause?: ReceivedEvent; record?: OssRecord; identity?: Partial<typeof IDENTITY & { publicUrl: string }>; now?: Date } = {}) =>
  resultEvent({ ...IDENTITY, ...changes.identity }, { type: "faces.image.analyzed", data: ANALYZED, cause: changes.cause ?? CAUSE, record: changes.record ?? RECORD, now: changes.now ?? NOW });
const failed = (cause = CAUSE) => resultEvent(IDENTITY, { type: "faces.image.failed", data: FAILED, cause, record: { ...RECORD, key: "b.jpg" }, now: NOW });

describe("a result event", () => {
  it("is a CloudEvent 1.0 about the object", () => {
    expect(analyzed()).toEqual({
      specversion: "1.0", id: expect.stringMatching(/^[0-9a-f]{64}$/), type: "faces.image.analyzed", source: "/oss-faces", subject: "photos/a.jpg",
      time: "2024-05-06T07:08:09.123Z", datacontenttype: "application/json", causationid: "cause", data: ANALYZED,
    });
    expect(new CloudEvent(analyzed()).validate()).toBe(true);
  });

  it("has the same id for the same cause, whenever it is made", () => {
    expect(analyzed({ now: new Date(0) }).id).toBe(analyzed().id);
  });

  it.each([
    ["type", failed()],
    ["prefix", analyzed({ identity: { typePrefix: "x" } })],
    ["id", analyzed({ cause: { ...CAUSE, id: "2" } })],
    ["source", analyzed({ cause: { ...CAUSE, source: "other" } })],
    ["bucket", analyzed({ record: { ...RECORD, bucket: "b" } })],
    ["key", analyzed({ record: { ...RECORD, key: "b" } })],
    ["eTag", analyzed({ record: { ...RECORD, etag: "CD" } })],
    ["no eTag", analyzed({ record: { ...RECORD, etag: undefined } })],
    ["where one ends and the next begins", analyzed({ record: { ...RECORD, bucket: "photosa", key: ".jpg" } })],
  ])("has another id for another %s", (_, other) => {
    expect(other.id).not.toBe(analyzed().id);
  });

  it("passes the trace on as received", () => {
    const cause = { ...CAUSE, extensions: { traceparent: "00-1-2-01", tracestate: "a=b", other: "x" } };
    expect(analyzed({ cause })).toMatchObject({ traceparent: "00-1-2-01", tracestate: "a=b" });
    expect(analyzed({ cause })).not.toHaveProperty("other");
    expect(analyzed()).not.toHaveProperty("traceparent");
  });

  it("names its schema where PUBLIC_URL is known, whatever the prefix", () => {
    for (const publicUrl of ["https://x.example", "https://x.example/"]) {
      expect(analyzed({ identity: { publicUrl, typePrefix: "com.acme" } })).toMatchObject({ type: "com.acme.image.analyzed", dataschema: "https://x.example/schemas/faces.image.analyzed.json" });
    }
  });
});

describe("several results", () => {
  const two = [analyzed(), failed()];
  it("are one event, in order, each with its type", () => {
    expect(batchResult(IDENTITY, two, NOW)).toEqual({
      specversion: "1.0", id: expect.stringMatching(/^[0-9a-f]{64}$/), type: "faces.batch.analyzed", source: "/oss-faces", time: "2024-05-06T07:08:09.123Z",
      datacontenttype: "application/json", causationid: "cause",
      data: { results: [{ type: "faces.image.analyzed", ...ANALYZED }, { type: "faces.image.failed", ...FAILED }] },
    });
  });

  it("have an id of their own, the same for the same results", () => {
    expect(batchResult(IDENTITY, two, new Date(0)).id).toBe(batchResult(IDENTITY, two, NOW).id);
    expect(batchResult(IDENTITY, two.toReversed(), NOW).id).not.toBe(batchResult(IDENTITY, two, NOW).id);
  });

  it("name no cause where they have several", () => {
    expect(batchResult(IDENTITY, [analyzed(), failed({ ...CAUSE, id: "2" })], NOW)).not.toHaveProperty("causationid");
  });
});

describe("loops", () => {
  it.each([
    ["faces.image.analyzed", "faces", true],
    ["faces.person.enrolled", "faces", true],
    ["facesx.image.analyzed", "faces", false],
    ["faces", "faces", false],
    ["com.acme.image.failed", "com.acme", true],
    ["faces.image.analyzed", "com.acme", false],
  ])("%s with prefix %s: own is %s", (type, prefix, own) => {
    expect(isOwnType(type, prefix)).toBe(own);
  });

  it("our source is ours, whatever the type", () => {
    expect(isOwnEvent({ type: "oss:ObjectCreated:PutObject", source: "/oss-faces" }, IDENTITY)).toBe(true);
    expect(isOwnEvent(CAUSE, IDENTITY)).toBe(false);
  });
});

describe("encodeReply", () => {
  it("is binary where all attributes can stand in headers", async () => {
    const { headers, body } = await encodeReply(analyzed());
    expect(headers).toEqual({
      "ce-specversion": "1.0", "ce-id": analyzed().id, "ce-type": "faces.image.analyzed", "ce-source": "/oss-faces", "ce-subject": "photos/a.jpg",
      "ce-time": "2024-05-06T07:08:09.123Z", "ce-causationid": "cause", "content-type": "application/json",
    });
    expect(JSON.parse(body)).toEqual(ANALYZED);
  });

  it.each(["相册/王芳.jpg", "a.jpg ", "100%25.jpg", '"a".jpg', "a\nce-x: 1", "é", "\u007f"])("is structured for the key %j, which readers would take differently", async (key) => {
    const event = analyzed({ record: { ...RECORD, key } });
    const { headers, body } = await encodeReply(event);
    expect(headers).toEqual({ "content-type": "application/cloudevents+json; charset=utf-8" });
    expect(JSON.parse(body)).toEqual(event);
  });

  it.each(["a.jpg", "相册/王芳.jpg"])("comes back the same from our own reader and from the SDK's: %s", async (key) => {
    const event = analyzed({ record: { ...RECORD, key } });
    const message = await encodeReply(event);
    const [read] = receiveEvents(message.headers, Buffer.from(message.body)).events;
    expect([read?.id, read?.subject, read?.extensions, JSON.parse(read ? (dataOf(read) ?? "") : "")]).toEqual([event.id, `photos/${key}`, { causationid: "cause" }, ANALYZED]);
    // The SDK knows no parameters on application/cloudevents+json: it gets the type without.
    const headers = { ...message.headers, "content-type": (message.headers["content-type"] ?? "").split(";")[0] };
    expect(HTTP.toEvent({ headers, body: message.body })).toMatchObject({ id: event.id, subject: `photos/${key}`, data: ANALYZED });
  });
});

describe("resultText", () => {
  it("is what event_display would print, but points stand on one line", () => {
    const text = resultText(analyzed());
    expect(text.split("\n").slice(0, 12)).toEqual([
      "☁️  cloudevents.Event", "Context Attributes,", "  specversion: 1.0", "  type: faces.image.analyzed", "  source: /oss-faces", "  subject: photos/a.jpg",
      `  id: ${analyzed().id}`, "  time: 2024-05-06T07:08:09.123Z", "  datacontenttype: application/json", "Extensions,", "  causationid: cause", "Data,",
    ]);
    expect(text).toContain('\n        "points": {\n          "leftEye": [1, 2],\n          "rightEye": [3, 4],\n');
    expect(JSON.parse(text.slice(text.indexOf("{")))).toEqual(ANALYZED);
    expect(text.endsWith("\n  }\n")).toBe(true);
  });

  it("leaves a terminal in peace", () => {
    const text = resultText(resultEvent(IDENTITY, { type: "faces.image.failed", data: { ...FAILED, image: { key: "\u009b\u202e\u2028" } }, cause: CAUSE, record: { ...RECORD, key: "a\u001b\nb" }, now: NOW }));
    expect(text).toContain("  subject: photos/a\\x1b\\x0ab\n");
    expect(text).toContain('"key": "\\x9b\\u202e\u2028"');
  });
});

describe("prettyJson", () => {
  it.each([
    ["numbers", [1, -2.5, 1e21, 1e-7], "[1, -2.5, 1e+21, 1e-7]"],
    ["pairs, each on its line", [[1, 2], [3, 4]], "[\n  [1, 2],\n  [3, 4]\n]"],
    ["strings that look like it", ["[\n1\n]", "[ 1, 2 ]"], '[\n  "[\\n1\\n]",\n  "[ 1, 2 ]"\n]'],
    ["other arrays", [1, "a"], '[\n  1,\n  "a"\n]'],
    ["empty ones", { a: [], b: {} }, '{\n  "a": [],\n  "b": {}\n}'],
  ])("%s", (_, value, text) => {
    expect(prettyJson(value)).toBe(text);
  });
});

describe("the schema", () => {
  const ajv = new Ajv.default({ strict: true });
  const valid = (type: string, data: unknown) => {
    const validate = ajv.getSchema(`${type}.json`) ?? ajv.compile(jsonSchemas()[type] ?? false);
    return validate(data) as boolean;
  };

  it.each(Object.keys(RESULT_SCHEMAS))("%s is published as the code has it", (type) => {
    // After a change: node -e 'import("./dist/src/events/json-schema.js").then(({ jsonSchemas }) => Object.entries(jsonSchemas()).forEach(([type, schema]) => require("node:fs").writeFileSync(`schemas/${type}.json`, `${JSON.stringify(schema, null, 2)}\n`)))'
    expect(committedSchema(type)).toEqual(jsonSchemas()[type]);
    expect(jsonSchemas()[type]).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema", $id: `${type}.json`, title: type });
  });

  const commandLine = { ...without(ANALYZED, "event"), image: { ...without(ANALYZED.image, "bucket", "region", "etag"), key: "./a.jpg" }, timings: { decode: 1, detect: 2, total: 3 } };
  const details = { ...face, person: { name: "Wang Fang", distance: 0.4 }, quality: 0.5, landmarks: Array<[number, number]>(68).fill([1, 2]), age: 30, gender: { value: "female" as const, score: 1 }, expressions: { neutral: 1 }, descriptor: [0.1] };

  it.each([
    ["faces.image.analyzed", ANALYZED],
    ["faces.image.analyzed", { ...ANALYZED, faces: [], people: [], annotated: { bucket: "b", key: "k" } }],
    ["faces.image.analyzed", { ...ANALYZED, faces: [details], people: ["Wang Fang"] }],
    ["faces.image.analyzed", commandLine],
    ["faces.image.failed", FAILED],
    ["faces.image.failed", { image: { key: "k" }, event: ANALYZED.event, error: FAILED.error }],
    ["faces.batch.analyzed", batchResult(IDENTITY, [analyzed(), failed()], NOW).data],
    ["faces.batch.analyzed", batchResult({ ...IDENTITY, typePrefix: "com.acme" }, [analyzed({ identity: { typePrefix: "com.acme" } })], NOW).data],
  ] as const)("%s takes data %#, in zod and as JSON Schema", (type, data) => {
    expect(RESULT_SCHEMAS[type].parse(data)).toEqual(data);
    expect(valid(type, data)).toBe(true);
  });

  it.each([
    ["a failure as no faces", analyzedSchema, FAILED],
    ["no key", failedSchema, { ...FAILED, image: {} }],
    ["a member we do not know", analyzedSchema, { ...ANALYZED, faceCount: 1 }],
    ["no size", analyzedSchema, { ...ANALYZED, image: { ...ANALYZED.image, size: undefined } }],
    ["a result without its type", batchSchema, { results: [ANALYZED] }],
    ["a result with another's type", batchSchema, { results: [{ type: "faces.image.failed", ...ANALYZED }] }],
  ])("does not take %s", (_, schema, data) => {
    expect(schema.safeParse(data).success).toBe(false);
  });
});
