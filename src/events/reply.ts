import { layOut } from "./display.js";
import type { ResultEvent } from "./result.js";
import { forTerminal } from "./terminal.js";

/** An event as an HTTP message, request or response. */
export interface EncodedEvent {
  headers: Record<string, string>;
  body: string;
}

/**
 * What a header can hold so that every reader understands the same: Go's SDK takes `%41` and `"…"` as they stand, others
 * decode them (HTTP binding §3.1.3.2), and white space at the ends is lost. Inner spaces everybody takes as they are.
 */
const HEADER_SAFE = /^(?! )[\x20\x21\x23\x24\x26-\x7e]+(?<! )$/;

/** Encodes a result in binary mode where all its attributes fit into headers, else in structured mode. */
export function encodeReply(event: ResultEvent): EncodedEvent {
  const { data, datacontenttype, ...attributes } = event;
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)] as const);
  if (!headers.every(([, value]) => HEADER_SAFE.test(value))) {
    return { headers: { "content-type": "application/cloudevents+json; charset=utf-8" }, body: JSON.stringify(event) };
  }
  return { headers: { ...Object.fromEntries(headers), "content-type": datacontenttype ?? "application/json" }, body: JSON.stringify(data) };
}

/** A result as event_display would print it, but with arrays of numbers on one line. */
export function resultText(event: ResultEvent): string {
  const { specversion, type, source, subject, id, time, dataschema, datacontenttype, data, ...extensions } = event;
  return layOut(
    Object.entries({ specversion, type, source, subject, id, time, dataschema, datacontenttype }),
    Object.entries(extensions).map(([name, value]) => [name, String(value)]),
    forTerminal(`  ${prettyJson(data).replaceAll("\n", "\n  ")}`),
  );
}

/**
 * Indented JSON in which arrays of numbers stand on one line: a point is read as one thing. Strings are safe from the
 * pattern: in JSON they hold no line breaks.
 */
export function prettyJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/\[\n\s*([-+.\deE]+(?:,\n\s*[-+.\deE]+)*)\n\s*\]/g, (_, numbers: string) => {
    return `[${numbers.replace(/,\n\s*/g, ", ")}]`;
  });
}
