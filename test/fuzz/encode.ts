import fc from "fast-check";
import { coding, encoded, oddCase, rarely } from "./arbitraries.js";
import { anyTold, type Expected, type Told } from "./requests.js";
import { MAX_EVENT_BYTES } from "./rig.js";
import { requestBytes, type WireRequest } from "./wire.js";

/** A request of which it is known what has to come of it. */
export interface Known extends WireRequest {
  headers: [string, string][];
  body: Buffer;
  expected: Expected;
  /** In the log once for every event that was taken in. */
  told: Told[];
}

/** Percent-encoded as the CloudEvents HTTP binding says, or only what a header cannot hold: UTF-8 goes raw. */
export type HeaderStyle = "percent" | "raw";

export function headerValue(text: string, style: HeaderStyle): string {
  const unsafe = style === "percent" ? /[^!-~]|["%]/gu : /[\p{Cc}"%]|^\s+|\s+$/gu;
  return text.replace(unsafe, (part) => [...Buffer.from(part)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
}

function binary({ attributes, data }: Told, { style, traced }: Manner): Pick<Known, "headers" | "body"> {
  const { datacontenttype, ...others } = attributes;
  const headerName = (name: string) => (traced && name === "traceparent" ? name : `ce-${name}`);
  const headers = Object.entries(others).map(([name, value]): [string, string] => [headerName(name), headerValue(value, style)]);
  if (datacontenttype !== undefined) headers.push(["content-type", datacontenttype]);
  return { headers, body: data ?? Buffer.alloc(0) };
}

/** JSON text goes in as it stands; other data as a string where it is text, else as base64. */
function envelope({ attributes, data, json }: Told, { space, base64 }: Manner): string {
  const old = attributes.specversion !== "1.0"; // has no data_base64, but datacontentencoding
  const members = Object.entries({ ...attributes, ...(base64 && data && old && { datacontentencoding: "base64" }) }).map(([name, value]) => `${space}${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (data) {
    const text = data.toString();
    const isText = Buffer.from(text).equals(data);
    if (base64 || !(json || isText)) members.push(`"${base64 && old ? "data" : "data_base64"}":"${data.toString("base64")}"`);
    else members.push(json ? `"data":${text}` : `"data":${JSON.stringify(text)}`);
  }
  return `{${members.join(",")}${space}}`;
}

interface Manner {
  mode: "binary" | "structured" | "batch";
  style: HeaderStyle;
  space: string;
  /** Structured data as base64. */
  base64: boolean;
  /** The trace stands in a header of its own, as a Broker forwards it. */
  traced: boolean;
  mark: string;
  format: { structured: string; batch: string };
}

const manner: fc.Arbitrary<Manner> = fc.record({
  mode: fc.constantFrom("binary", "structured", "batch"),
  style: fc.constantFrom<HeaderStyle>("percent", "raw"),
  space: fc.constantFrom("", " ", "\n", "\r\n\t"),
  base64: rarely(4),
  traced: rarely(2),
  mark: fc.constantFrom("", "", "", "\ufeff"),
  format: fc.record({
    structured: fc.oneof(fc.constantFrom("application/cloudevents+json", "application/cloudevents+json; charset=utf-8", 'application/cloudevents+json;charset="UTF-8";a=b'), oddCase("application/cloudevents+json")),
    batch: fc.oneof(fc.constantFrom("application/cloudevents-batch+json", "application/cloudevents-batch+json;charset=utf-8"), oddCase("application/cloudevents-batch+json")),
  }),
});

/** What a batch of them has to end as: an invalid member is a 400 before any work. */
export function together(all: Told[]): Expected {
  const expected = all.map((told) => told.expected);
  if (expected.some(({ status }) => status === 400)) return { status: 400 };
  const results = expected.flatMap((one) => (one.status === 200 ? one.results : []));
  return results.length === 0 ? { status: 204 } : { status: 200, results };
}

function encodedAs(all: Told[], how: Manner): Known {
  const { mode, space, mark, format } = how;
  const [told] = all;
  if (mode === "binary") return { ...binary(told, how), expected: told.expected, told: [told] };
  const one = mode === "structured";
  const text = one ? envelope(told, how) : `[${space}${all.map((event) => envelope(event, how)).join(`,${space}`)}${space}]`;
  return {
    headers: [["content-type", format[mode]]],
    body: Buffer.from(mark + text),
    expected: one ? told.expected : together(all),
    told: one ? [told] : all,
  };
}

/** What is longer than its limit is refused, whatever it is: headers are Node's own matter (16 KiB). */
function bounded(known: Known): Known {
  return known.body.length > MAX_EVENT_BYTES ? { ...known, expected: { status: 413 }, told: [] } : known;
}

/** An event, or a batch of up to four, in any mode and spelling, and perhaps compressed. */
export const knownRequests: fc.Arbitrary<Known> = fc
  .tuple(fc.array(anyTold, { minLength: 1, maxLength: 4 }), manner, fc.option(coding, { nil: undefined, freq: 5 }))
  .map(([all, how, compressed]) => {
    const known = bounded(encodedAs(all, how));
    if (!compressed) return known;
    return { ...known, headers: [...known.headers, ["content-encoding", compressed]] as [string, string][], body: encoded(known.body, compressed) };
  })
  .filter(({ headers }) => headers.reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0) < 12_000)
  .map((known) => ({ ...known, [fc.toStringMethod]: () => `${JSON.stringify(requestBytes(known).toString())} expected to end as ${JSON.stringify(known.expected)}` }));
