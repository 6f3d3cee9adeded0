import { decodeUtf8 } from "./encoding.js";
import type { EventData, ReceivedEvent } from "./event.js";
import { hexDump } from "./hex-dump.js";
import { indentJson } from "./indent-json.js";
import { nesting, parseJson } from "./json-text.js";
import { isJson } from "./media-type.js";
import { forTerminal, forTerminalLine } from "./terminal.js";
import { utcTime } from "./time.js";

/** Deeper JSON is logged as text: what writes the log may be recursive. */
const MAX_LOGGED_DEPTH = 200;

/** Name and value of one line; undefined values are left out. */
type Line = [name: string, value: string | number | boolean | undefined];

/**
 * An event as Knative's event_display prints it, the last line break included. Where it goes further: specversion 0.2,
 * odd times, hex dumps of what is no UTF-8, and control characters escaped.
 * Source: recorded from knative/eventing 0.47 (test/fixtures/display.json).
 */
export function displayText(event: ReceivedEvent): string {
  const old = event.specversion !== "1.0";
  const written = ([name, value]: Line): Line => [name, value === undefined ? undefined : (Object.hasOwn(event.written, name) ? event.written[name] : value)];
  const attributes: Line[] = [
    ["specversion", event.specversion],
    written(["type", event.type]),
    written(["source", event.source]),
    written(["subject", event.subject]),
    written(["id", event.id]),
    event.time === undefined ? ["time", undefined] : ["time", utcTime(event.time) ?? event.written.time ?? event.time],
    written([old ? "schemaurl" : "dataschema", event.dataschema]),
    ["datacontenttype", event.datacontenttype],
    ["datacontentencoding", event.datacontentencoding],
  ];
  return layOut(attributes, Object.entries(event.extensions).map(written), event.data && dataText(event.data, event.datacontenttype), event.data?.base64);
}

/** The frame of event_display: attributes, sorted extensions, data. */
export function layOut(attributes: Line[], extensions: Line[], data?: string, binary = false): string {
  const lines = (list: Line[]) =>
    list.map(([name, value]) => (value === undefined ? "" : `  ${name}: ${forTerminalLine(String(value))}\n`)).join("");
  const sorted = lines(extensions.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return [
    "☁️  cloudevents.Event\nContext Attributes,\n",
    lines(attributes),
    sorted && `Extensions,\n${sorted}`,
    data === undefined ? "" : `${binary ? "Data (binary)" : "Data"},\n${data}\n`,
  ].join("");
}

/** Only `application/json`, in this spelling, is indented; of any other text only the first line is. */
function dataText({ bytes }: EventData, contentType: string | undefined): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) return hexDump(bytes);
  const json = contentType?.split(";", 1)[0]?.trim() === "application/json" ? indentJson(text) : undefined;
  return `  ${forTerminal(json ?? text)}`;
}

/**
 * An event as a JSON-format CloudEvent, for logs of one object a line. Data is a value where it is JSON by type and
 * parses, `data_base64` where it is no UTF-8, else a string. Numbers are JavaScript's: displayText keeps every digit.
 */
export function displayJson(event: ReceivedEvent): Record<string, unknown> {
  const { specversion, id, type, source, subject, time, dataschema, datacontenttype, extensions, data } = event;
  const schema = specversion === "1.0" ? "dataschema" : "schemaurl";
  const members = { specversion, id, type, source, subject, time, [schema]: dataschema, datacontenttype, ...extensions, ...(data && jsonData(data, datacontenttype)) };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function jsonData({ bytes }: EventData, contentType: string | undefined): { data: unknown } | { data_base64: string } {
  const text = decodeUtf8(bytes);
  if (text === undefined) return { data_base64: Buffer.from(bytes).toString("base64") };
  const value = isJson(contentType) ? parseJson(text) : undefined;
  return { data: value !== undefined && nesting(text) <= MAX_LOGGED_DEPTH ? value : text };
}
