import { receiveEvents } from "../../src/events/receive.js";
import { binary, dataOf, ENVELOPE, REQUIRED, structured } from "./support.js";

const STRUCTURED = { "content-type": "application/cloudevents+json" };
const BATCH = { "content-type": "application/cloudevents-batch+json" };

/** Header values reach us as Node has them: UTF-8 bytes read as latin1. */
const onTheWire = (text: string) => Buffer.from(text).toString("latin1");

describe("binary mode", () => {
  it("takes attributes from ce- headers and data from the body", () => {
    const received = receiveEvents(
      { ...REQUIRED, "ce-subject": "s", "ce-time": "2020-01-02T03:04:05Z", "ce-dataschema": "http://x/y", "ce-aliyunregionid": "cn-hangzhou", "content-type": "application/json", host: "x" },
      Buffer.from('{"a":1.0}'),
    );
    expect(received).toEqual({
      mode: "binary",
      events: [
        {
          specversion: "1.0", id: "1", type: "com.example.t", source: "/s", subject: "s", time: "2020-01-02T03:04:05Z",
          dataschema: "http://x/y", datacontenttype: "application/json", extensions: { aliyunregionid: "cn-hangzhou" },
          data: { bytes: Buffer.from('{"a":1.0}'), base64: false }, written: {},
        },
      ],
    });
  });

  it.each(["application/json;charset=utf-8", "Application/JSON", "application/vnd.x+json", "text/plain", "application/octet-stream"])(
    "keeps the body's bytes and the type as they came: %s",
    (type) => {
      const event = binary({ "content-type": type }, '{"a" : 1e3}');
      expect([event.datacontenttype, dataOf(event)]).toEqual([type, '{"a" : 1e3}']);
    },
  );

  it.each(["0", "false", '""', "null", " "])("has data where the body is %j", (body) => {
    expect(dataOf(binary({ "content-type": "application/json" }, body))).toBe(body);
  });

  it("has no data where the body is empty", () => {
    expect(binary({ "content-type": "application/json" })).not.toHaveProperty("data");
  });

  it.each([
    ["raw UTF-8", onTheWire("相册/王芳.jpg"), "相册/王芳.jpg", undefined],
    ["percent-encoded", "%E7%8E%8B%e8%8a%b3.jpg", "王芳.jpg", "%E7%8E%8B%e8%8a%b3.jpg"],
    ["both", onTheWire("王%20芳"), "王 芳", "王%20芳"],
    ["unnecessarily encoded", "%61b", "ab", "%61b"],
    ["decoded once", "%2541", "%41", "%2541"],
    ["a malformed %", "100%, %zz %4", "100%, %zz %4", undefined],
    ["an escape that is no UTF-8", "a%C0%A0b", "a%C0%A0b", undefined],
    ["quoted", '"a \\"b\\" \\\\ %20"', 'a "b" \\  ', '"a \\"b\\" \\\\ %20"'],
    ["half quoted", '"a', '"a', undefined],
    ["quotes inside", 'a"b"', 'a"b"', undefined],
    ["bytes that are no UTF-8", "caf\xe9", "caf\xe9", undefined],
    ["a plus sign", "a+b c", "a+b c", undefined],
  ])("reads an attribute: %s", (_, header, subject, written) => {
    const event = binary({ "ce-subject": header });
    expect([event.subject, event.written]).toEqual([subject, written === undefined ? {} : { subject: written }]);
  });

  it("decodes extensions and ids too", () => {
    const event = binary({ "ce-id": "%C3%A9", "ce-ext": "%C3%A9" });
    expect([event.id, event.extensions, event.written]).toEqual(["é", { ext: "é" }, { id: "%C3%A9", ext: "%C3%A9" }]);
  });

  it.each(["2020-08-17T16:04:46.149Asia/Shanghai", "yesterday", "2021-02-29T00:00:00Z"])("keeps a bad time as it came: %s", (time) => {
    expect(binary({ "ce-time": time }).time).toBe(time);
  });

  it("is indifferent to the case of header names", () => {
    expect(receiveEvents({ "CE-SpecVersion": "1.0", "CE-ID": "1", "Ce-Type": "t", "ce-Source": "/s" }, Buffer.alloc(0)).events[0]?.id).toBe("1");
  });
});

describe("structured mode", () => {
  it.each(["application/cloudevents+json", "application/cloudevents+json; charset=UTF-8", "Application/CloudEvents+JSON;charset=\"utf-8\"", "application/cloudevents+json; charset=us-ascii"])(
    "is known by its media type without parameters and case: %s",
    (type) => {
      const received = receiveEvents({ "content-type": type }, Buffer.from(JSON.stringify({ ...ENVELOPE, subject: "王" })));
      expect([received.mode, received.events[0]?.subject]).toEqual(["structured", "王"]);
    },
  );

  it.each([
    ["the text right behind the colon", `{"data": {"b":1.0, "a":[] } ,"specversion":"1.0","id":"1","type":"t","source":"/s"}`, ' {"b":1.0, "a":[] }'],
    ["zero", { data: 0 }, "0"],
    ["false", { data: false }, "false"],
    ["an empty string", { data: "" }, '""'],
    ["null", { data: null }, "null"],
    ["a string of JSON type", { data: "é", datacontenttype: "application/json;charset=utf-8" }, '"é"'],
    ["a string of +json type", { data: "x", datacontenttype: "application/vnd.x+json" }, '"x"'],
    ["a string of another type: its value", { data: 'a\n"b"', datacontenttype: "text/plain" }, 'a\n"b"'],
    ["an empty string of another type", { data: "", datacontenttype: "text/plain" }, ""],
    ["an object of another type", { data: { a: 1 }, datacontenttype: "text/plain" }, '{"a":1}'],
    ["none", {}, undefined],
    ["doubled: the last, as JSON.parse has it", `{"data":1,"d\\u0061ta":2,"specversion":"1.0","id":"1","type":"t","source":"/s"}`, "2"],
    ["members of data named as the envelope's", { data: { data: 5, id: "x" } }, '{"data":5,"id":"x"}'],
  ])("data: %s", (_, envelope, text) => {
    const event = structured(envelope);
    expect([dataOf(event), event.data?.base64 ?? false]).toEqual([text, false]);
  });

  it("decodes data_base64 to bytes", () => {
    expect(structured({ data_base64: "AP8BYWJj" }).data).toEqual({ bytes: Buffer.from([0, 255, 1, 97, 98, 99]), base64: true });
  });

  it("keeps types of extensions; null and empty optional attributes are absent", () => {
    const event = structured({ num: 5, flag: true, big: 1581204543170042, none: null, subject: "", time: null, Upper: "x" });
    expect(event.extensions).toEqual({ num: 5, flag: true, big: 1581204543170042, upper: "x" });
    expect(event).not.toHaveProperty("subject");
    expect(event).not.toHaveProperty("time");
  });

  it("forgives a byte order mark", () => {
    expect(structured(`\ufeff${JSON.stringify(ENVELOPE)}`).id).toBe("1");
  });

  it("ignores ce- headers: the envelope says it all", () => {
    const received = receiveEvents({ ...REQUIRED, ...STRUCTURED, "ce-id": "other" }, Buffer.from(JSON.stringify(ENVELOPE)));
    expect([received.mode, received.events[0]?.id]).toEqual(["structured", "1"]);
  });
});

describe("batches", () => {
  it("are read event by event, each with its own raw data", () => {
    const members = `[ {"specversion":"1.0","id":"1","type":"t","source":"/s","data": 1.0},\n {"specversion":"0.3","id":"2","type":"t","source":"/s","data":[1e3 ]} ]`;
    const received = receiveEvents({ "content-type": "application/cloudevents-batch+json; charset=utf-8" }, Buffer.from(members));
    expect([received.mode, received.events.map((event) => [event.id, event.specversion, dataOf(event)])]).toEqual([
      "batch",
      [["1", "1.0", " 1.0"], ["2", "0.3", "[1e3 ]"]],
    ]);
  });

  it("may be empty", () => {
    expect(receiveEvents(BATCH, Buffer.from(" [ ] "))).toEqual({ mode: "batch", events: [] });
  });
});

describe("older versions", () => {
  it.each([
    ["0.3", { schemaurl: "http://x/y", datacontenttype: "text/xml", subject: "s" }, { dataschema: "http://x/y", datacontenttype: "text/xml", subject: "s", extensions: {} }],
    ["0.2", { schemaurl: "http://x/y", contenttype: "text/xml" }, { dataschema: "http://x/y", datacontenttype: "text/xml", extensions: {} }],
    ["0.2", { datacontenttype: "text/xml" }, { datacontenttype: "text/xml", extensions: {} }],
    ["0.2", { subject: "s" }, { extensions: { subject: "s" } }], // 0.2 knew no subject
    ["0.3", { dataschema: "http://x/y" }, { extensions: { dataschema: "http://x/y" } }],
    ["1.0", { schemaurl: "http://x/y" }, { extensions: { schemaurl: "http://x/y" } }],
  ])("%s: %j", (specversion, members, expected) => {
    const core = { specversion, id: "1", type: "com.example.t", source: "/s", written: {} };
    expect(structured({ specversion, ...members })).toEqual({ ...core, ...expected });
    const { contenttype, datacontenttype, ...rest } = members as Record<string, string>;
    const headers = Object.fromEntries(Object.entries({ specversion, ...rest }).map(([name, value]) => [`ce-${name}`, value]));
    const type = contenttype ?? datacontenttype;
    expect(binary({ ...headers, ...(type && { "content-type": type }) })).toEqual({ ...core, ...expected });
  });

  it.each(["0.3", "0.2"])("%s carries base64 in data, named by datacontentencoding", (specversion) => {
    const event = structured({ specversion, datacontentencoding: "base64", data: "eyJhIjoxfQ==" });
    expect([event.datacontentencoding, event.data?.base64, dataOf(event)]).toEqual(["base64", true, '{"a":1}']);
  });

  it("leaves a binary body alone whatever datacontentencoding says, as Go's SDK does", () => {
    expect(dataOf(binary({ "ce-specversion": "0.3", "ce-datacontentencoding": "base64" }, "aGk="))).toBe("aGk=");
  });
});
