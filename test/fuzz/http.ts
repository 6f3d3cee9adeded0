import fc from "fast-check";
import { anyBytes, coding, edited, edits, encoded, hostileJson, oddCase, place, rarely } from "./arbitraries.js";
import { type Part, property } from "./campaign.js";
import { type Known, knownRequests } from "./encode.js";
import { MAX_EVENT_BYTES, startRig } from "./rig.js";
import { Served } from "./served.js";
import { requestBytes } from "./wire.js";

const ENVELOPE = "application/cloudevents+json";
const BATCH = "application/cloudevents-batch+json";
const bytesOf = (value: string | Buffer) => Buffer.from(value as string);
const chunks = fc.option(fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 5 }), { nil: undefined });
const targets = fc.oneof(fc.constantFrom("/", "//", "/%zz", "/..", "/livez", "/healthz", "/dead-letters/", "/schemas/x", "/?a=b", "*", "http://x/", "http://x", "/%00", "/a?b#c", `/${"long/☃".repeat(500)}`.replaceAll("☃", "%E2%98%83"), `/${'"'.repeat(500)}`), fc.webPath().map((path) => (path.startsWith("/") ? path : `/${path}`)));
const methods = fc.constantFrom("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH", "QUERY", "POST");
const headerNames = fc.oneof(fc.constantFrom("ce-id", "ce-type", "ce-source", "ce-specversion", "CE-ID", "ce-", "ce-data", "ce-a_b", "ce-__proto__", "ce-constructor", "ce-traceparent", "traceparent", "tracestate", "content-type", "content-encoding", "expect", "upgrade", "connection", "host", "content-length", "transfer-encoding", "x-forwarded-for", "__proto__", "cookie", "range", "if-none-match"), fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/));
const headerBytes = fc.oneof(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)), fc.constantFrom("1.0", "a", "%", "%e4%zz%41", '"a\\', "oss:ObjectCreated:PutObject", "application/json", "application/cloudevents+json", "application/cloudevents-batch+json", "chunked", "gzip, chunked", "100-continue", "websocket", "close", "0", "-1", "99999999999", "5, 5", "x".repeat(9000), "é").map(bytesOf));
const oddHeaders = fc.array(fc.tuple(headerNames, headerBytes), { maxLength: 6 });

/** Texts that no reader of JSON takes for one value. */
const brokenEnvelopes = fc.oneof(
  fc.tuple(hostileJson.filter((text) => /^\s*[[{"]/.test(text)), place).map(([text, at]) => Buffer.from(text.trim().slice(0, Math.floor(at * text.trim().length)))),
  fc.tuple(hostileJson, fc.constantFrom("}", "]", ",", "{}", " 1x", "\0", '"')).map(([text, tail]) => Buffer.from(text + tail)),
  hostileJson.map((text) => Buffer.from(`\ufeff${text}`, "utf16le")),
  fc.constantFrom("", " ", "{'a':1}", "{a:1}", "[1,]", "NaN", "undefined", "01", "+1", "\u00a0{}", "{\"a\":1,}", "\ufeff\ufeff{}", "// {}\n{}", '"\n"', '"\\x41"').map(bytesOf),
  fc.uint8Array({ minLength: 1, maxLength: 50 }).map((bytes) => Buffer.from([0xff, ...bytes])),
);

/** Valid JSON that may or may not be an event, or a batch. */
const envelopes = fc.tuple(hostileJson, fc.dictionary(fc.constantFrom("id", "type", "source", "specversion", "data", "data_base64", "datacontenttype", "time", "subject", "__proto__", "a_b", "ID", "x", "data", "data", "data"), hostileJson, { maxKeys: 3 }), rarely(2)).map(([text, members, array]) => {
  const base: Record<string, string> = { specversion: '"1.0"', id: '"1"', type: '"t"', source: '"s"', ...members };
  const event = `{${Object.entries(base).map(([name, value]) => `"${name}":${value}`).join(",")}}`;
  return { type: array ? BATCH : ENVELOPE, text: array ? `[${event},${text}]` : event };
});
const envelopeMedia = fc.constantFrom(ENVELOPE, BATCH);
const foreignMedia = fc.constantFrom("", "text/plain", "application/json", "application/cloudevent+json", "application/cloudeventsx", "multipart/form-data", "application/xml");

/** Where events are taken in, a slash at the end forgiven; anywhere else a POST is a 405. */
const EVENT_PATHS = /^(http:\/\/x)?(\/?|\/dead-letters)\/?(\?.*)?$/;

/** A request that cannot be an event ends with this status, or with 413 where it is too large. */
const refused = (status: 400 | 415, headers: [string, string][], body: Buffer): Known => ({ headers, body, expected: { status: body.length > MAX_EVENT_BYTES ? 413 : status }, told: [] });

/** The HTTP surface under requests of which it is known what they ask for, and under others that say nothing sensible. */
export const HTTP: Part<Served> = {
  start: async () => new Served(await startRig()),
  properties: [
    property("known requests by fetch", 250, (on: Served) => fc.asyncProperty(knownRequests, (known) => on.known(known, on.byFetch(known)))),

    property("known requests by socket, in chunks, header names in any case", 250, (on: Served) =>
      fc.asyncProperty(knownRequests, chunks, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (known, sizes, upper) => {
        const headers = known.headers.map(([name, value], i): [string, string] => [upper[i] ? name.toUpperCase() : name, value]);
        return on.known(known, on.bySocket({ ...known, headers, chunks: sizes }));
      })),

    property("repeated deliveries", 100, (on: Served) =>
      fc.asyncProperty(knownRequests, async (known) => {
        for (let times = 0; times < 2; times++) await on.known(known, on.byFetch(known));
      })),

    property("pipelined requests are answered in order", 50, (on: Served) =>
      fc.asyncProperty(fc.array(knownRequests.filter(({ expected }) => expected.status !== 413), { minLength: 2, maxLength: 6 }), (all) => on.pipelined(all))),

    property("requests at once", 40, (on: Served) => fc.asyncProperty(fc.array(knownRequests, { minLength: 2, maxLength: 8 }), rarely(2), (all, twice) => on.atOnce(twice ? [...all, ...all] : all))),

    property("a connection cut at any byte", 200, (on: Served) =>
      fc.asyncProperty(knownRequests, place, fc.constantFrom("end" as const, "reset" as const), (known, at, then) => {
        const bytes = requestBytes(known);
        return on.anything(bytes.subarray(0, Math.floor(at * bytes.length)), { then, patience: 0 });
      })),

    property("damaged requests", 200, (on: Served) => fc.asyncProperty(knownRequests, edits(4), (known, list) => on.anything(edited(requestBytes(known), list)))),

    property("damaged bodies", 200, (on: Served) =>
      fc.asyncProperty(knownRequests, edits(1), async ({ headers, body }, list) => {
        const { status } = await on.asked({ headers, body: edited(body, list) });
        on.tally.check("status", [200, 204, 400, 413].includes(status), status);
      })),

    property("content codings that lie, or one in the other", 100, (on: Served) =>
      fc.asyncProperty(knownRequests, fc.array(coding, { maxLength: 3 }), fc.array(fc.constantFrom("gzip", "br", "deflate", "identity", "GZip", "x-gzip", "zstd", "", "*", "gzip;q=1", "long".repeat(500), '"'.repeat(400)), { minLength: 1, maxLength: 3 }), async ({ headers, body }, by, says) => {
        const plain = headers.filter(([name]) => name !== "content-encoding");
        const { status } = await on.asked({ headers: [...plain, ["content-encoding", says.join(", ")]], body: by.reduce(encoded, body) });
        on.tally.check("status", [200, 204, 400, 413].includes(status), { by, says, status });
      })),

    property("odd headers on anything", 200, (on: Served) =>
      fc.asyncProperty(knownRequests, oddHeaders, rarely(2), ({ headers, body }, odd, first) => on.anything(requestBytes({ headers: first ? [...odd, ...headers] : [...headers, ...odd], body })))),

    property("compressed bodies over the limit, damaged", 100, (on: Served) =>
      fc.asyncProperty(coding, fc.constantFrom(1, 2, 5), edits(2), async (by, times, list) => {
        const headers: [string, string][] = [["ce-specversion", "1.0"], ["ce-id", "limit"], ["ce-type", "t"], ["ce-source", "s"], ["content-encoding", by]];
        const { status } = await on.asked({ headers, body: edited(encoded(Buffer.alloc(MAX_EVENT_BYTES * times, "xy"), by), list) });
        on.tally.check("status", [204, 400, 413].includes(status), status);
      })),

    property("neither mode is a 415", 150, (on: Served) =>
      fc.asyncProperty(foreignMedia, anyBytes, oddCase("Content-Type"), (type, body, name) => {
        const known = refused(415, type === "" ? [] : [[name, type]], body);
        return on.known(known, on.bySocket(known));
      })),

    property("an envelope that is no JSON is a 400", 200, (on: Served) =>
      fc.asyncProperty(envelopeMedia, brokenEnvelopes, (type, body) => {
        const known = refused(400, [["content-type", type]], body);
        return on.known(known, on.bySocket(known));
      })),

    property("any JSON in an envelope's place", 300, (on: Served) =>
      fc.asyncProperty(envelopes, async ({ type, text }) => {
        const answer = await on.asked({ headers: [["content-type", type]], body: Buffer.from(text) });
        on.tally.check("status", [204, 400, 413].includes(answer.status), answer);
      })),

    property("bodies around the limit, and such that are not compressed as they say", 100, (on: Served) =>
      fc.asyncProperty(fc.integer({ min: -2, max: 2 }), fc.option(coding, { nil: undefined }), fc.constantFrom("x", "\0", "é"), rarely(3), (over, by, fill, lies) => {
        fc.pre(over <= 0 || by === undefined || !lies); // which of two faults is met first is chance
        const plain = Buffer.alloc(MAX_EVENT_BYTES + over, fill);
        const headers: [string, string][] = [["ce-specversion", "1.0"], ["ce-id", "limit"], ["ce-type", "t"], ["ce-source", "s"]];
        if (by) headers.push(["content-encoding", by]);
        const body = by === undefined || lies ? plain : encoded(plain, by);
        const known: Known = { headers, body, expected: { status: by !== undefined && lies ? 400 : over > 0 ? 413 : 204 }, told: [] };
        return on.known(known, on.bySocket(known));
      })),

    property("other methods and paths", 300, (on: Served) =>
      fc.asyncProperty(methods, targets, async (method, path) => {
        const { status } = await on.asked({ method, path, headers: [["connection", "close"]] });
        if (method === "POST") on.tally.check("status", status === (EVENT_PATHS.test(path) ? 415 : 405), { path, status });
      })),
  ],
};
