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
 * Servers refuse long headers (Node's together 16 kB).
 */
const HEADER_SAFE = /^(?! )[\x20\x21\x23\x24\x26-\x7e]{1,2000}(?<! )$/;

/**
 * Encodes a result in binary mode where all its attributes fit into headers, else in structured mode.
 * The SDK writes it; it is loaded with the first result, so that it costs no time before the models are loaded.
 */
export async function encodeReply(event: ResultEvent): Promise<EncodedEvent> {
  const { CloudEvent, HTTP } = await import("cloudevents");
  const { data: _data, ...attributes } = event;
  const fits = Object.values(attributes).every((value) => HEADER_SAFE.test(String(value)));
  const { headers, body } = HTTP[fits ? "binary" : "structured"](new CloudEvent(event, false));
  return { headers: headers as Record<string, string>, body: String(body) };
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
