import { receiveEvents } from "../../src/events/receive.js";
import { dataOf, ENVELOPE, REQUIRED, structured, thrownBy, without } from "./support.js";

const STRUCTURED = { "content-type": "application/cloudevents+json" };
const BATCH = { "content-type": "application/cloudevents-batch+json" };
const MIB = 1024 * 1024;

describe("what is no event", () => {
  it.each([
    ["no headers at all", {}],
    ["plain JSON", { "content-type": "application/json" }],
    ["attributes without ce-specversion", { "ce-id": "1", "ce-type": "t", "ce-source": "/s" }],
    ["XML format", { "content-type": "application/cloudevents+xml" }],
    ["Avro format, even with ce- headers", { ...REQUIRED, "content-type": "application/cloudevents+avro" }],
    ["no format", { "content-type": "application/cloudevents" }],
    ["a batch in XML", { "content-type": "application/cloudevents-batch+xml" }],
  ])("%s", (_, headers) => {
    expect(thrownBy(() => receiveEvents(headers, Buffer.from("{}")))).toMatch(/^NotAnEvent: ./);
  });
});

describe("what is an invalid event", () => {
  it.each([
    [{ ...REQUIRED, "ce-type": "" }, "missing or empty: type"],
    [{ ...REQUIRED, "ce-id": "%20" }, "missing or empty: id"],
    [without(REQUIRED, "ce-id", "ce-source"), "missing or empty: id, source"],
    [{ ...REQUIRED, "ce-specversion": "2.0" }, 'specversion "2.0" is unknown'],
    [{ ...REQUIRED, "ce-specversion": "" }, 'specversion "" is unknown'],
    [{ ...REQUIRED, "ce-specversion": "constructor" }, 'specversion "constructor" is unknown'],
    [{ ...REQUIRED, "ce-a_b": "1" }, 'attribute name "a_b"'],
    [{ ...REQUIRED, "ce-__proto__": "1" }, 'attribute name "__proto__"'],
    [{ ...REQUIRED, "ce-": "1" }, 'attribute name ""'],
    [{ ...REQUIRED, "ce-data": "1" }, "attribute name \"data\": data is no extension's name"],
    [{ ...REQUIRED, "ce-specversion": "0.3", "ce-datacontentencoding": "gzip" }, 'datacontentencoding "gzip" is not base64'],
  ])("binary %#: %s", (headers, message) => {
    expect(thrownBy(() => receiveEvents(headers as Record<string, string>, Buffer.from("x")))).toMatch(`InvalidEvent: ${message}`);
  });

  it.each([
    ["", "the body is empty"],
    ["{nope", "the body is no valid JSON"],
    ["[]", "a structured event is a JSON object"],
    ["null", "a structured event is a JSON object"],
    ["{}", "specversion is missing or no string"],
    [{ specversion: 1 }, "specversion is missing or no string"],
    [{ id: undefined }, "missing or empty: id"],
    [{ type: "", source: undefined }, "missing or empty: type, source"],
    [{ id: 5 }, "id is no string"],
    [{ data: 1, data_base64: "AAAA" }, "data and data_base64 exclude each other"],
    [{ data_base64: "%%%" }, "data_base64 is not base64"],
    [{ data_base64: "AAAAA" }, "data_base64 is not base64"],
    [{ data_base64: "A=AA" }, "data_base64 is not base64"],
    [{ data_base64: 5 }, "data_base64 is not base64"],
    [{ specversion: "0.3", datacontentencoding: "base64", data: "?" }, "data is not base64"],
    [{ ext: { a: 1 } }, 'attribute "ext": only strings, numbers and booleans'],
    [{ ext: [1] }, 'attribute "ext": only strings, numbers and booleans'],
    [{ "a-b": "1" }, 'attribute name "a-b"'],
    [{ ID: "1" }, 'attribute name "ID": id is no extension\'s name'],
    [`{"specversion":"1.0","id":"1","type":"t","source":"/s","n":1e999}`, 'attribute "n": only'],
    [`{"specversion":"1.0","id":"1","type":"t","source":"/s","__proto__":{"id":"2"}}`, 'attribute name "__proto__"'],
  ])("structured %j: %s", (envelope, message) => {
    expect(thrownBy(() => structured(envelope))).toMatch(`InvalidEvent: ${message}`);
  });

  it.each(["gbk", "utf-16", "iso-8859-1"])("structured in charset %s: JSON is UTF-8", (name) => {
    expect(thrownBy(() => receiveEvents({ "content-type": `application/cloudevents+json; charset=${name}` }, Buffer.from(JSON.stringify(ENVELOPE))))).toMatch(`InvalidEvent: charset "${name}"`);
  });

  it("structured with bytes that are no UTF-8", () => {
    expect(thrownBy(() => receiveEvents(STRUCTURED, Buffer.from([0x7b, 0xff, 0x7d])))).toBe("InvalidEvent: the body is not UTF-8");
  });

  it.each([
    [JSON.stringify(ENVELOPE), "a batch is a JSON array of events"],
    ["[", "the body is no valid JSON"],
    [JSON.stringify([ENVELOPE, { ...ENVELOPE, id: "" }]), "event 1 of the batch: missing or empty: id"],
    [JSON.stringify([5]), "event 0 of the batch: a structured event is a JSON object"],
  ])("batch %s: %s", (body, message) => {
    expect(thrownBy(() => receiveEvents(BATCH, Buffer.from(body)))).toBe(`InvalidEvent: ${message}`);
  });

  it("quotes the sender's text cut and escaped", () => {
    const message = thrownBy(() => structured({ specversion: `\u001b[31m${"x".repeat(MIB)}` }));
    expect(message).toContain("\\u001b[31m");
    expect(message.length).toBeLessThan(200);
  });
});

describe("hostile bodies come to an outcome", () => {
  it.each([
    ["a mebibyte of [", "[".repeat(MIB)],
    ["half a mebibyte of nesting", "[".repeat(MIB / 2) + "]".repeat(MIB / 2)],
    ["quotes", '"'.repeat(MIB)],
    ["backslashes", `"${"\\".repeat(MIB)}`],
    ["many members", `{${Array(80_000).fill('"data":1').join(",")}}`],
    ["many events", `[${Array(100_000).fill("{}").join(",")}]`],
  ])("%s", (_, body) => {
    for (const headers of [STRUCTURED, BATCH]) expect(thrownBy(() => receiveEvents(headers, Buffer.from(body)))).toMatch(/^InvalidEvent: .{1,200}$/);
  });

  it("nesting in data is data", () => {
    const nested = "[".repeat(MIB / 4) + "]".repeat(MIB / 4);
    expect(dataOf(structured(`{"specversion":"1.0","id":"1","type":"t","source":"/s","data":${nested}}`))).toBe(nested);
  });
});
