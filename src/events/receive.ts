import type { IncomingHttpHeaders } from "node:http";
import { atOnce } from "../breath.js";
import { InvalidEvent, NotAnEvent } from "../errors.js";
import { readAttributeHeaders } from "./attribute-headers.js";
import { readAttributes } from "./attributes.js";
import { envelopeText, readBatch, readEnvelope } from "./envelope.js";
import type { ReceivedEvent } from "./event.js";
import { charset, mediaType } from "./media-type.js";
import { quote } from "./quote.js";

export interface Received {
  mode: "binary" | "structured" | "batch";
  /** One, or as many as the batch has: none where it is empty. */
  events: ReceivedEvent[];
}

/**
 * Reads the events of an HTTP request, in any of the three content modes, specversion 1.0, 0.3 or 0.2.
 * The SDK's HTTP.toEvent is not used: it invents ids and times and loses data (what exactly, the tests show).
 * @param headers as Node gives them: names in lower case, values as latin1
 * @param body the whole body
 * @throws NotAnEvent where neither headers nor media type say that it is an event, or its format is not JSON
 * @throws InvalidEvent where it is one that breaks the specification
 * Source: CloudEvents HTTP binding 1.0.2 §3.
 */
export function receiveEvents(headers: IncomingHttpHeaders, body: Uint8Array): Received {
  return atOnce(receiveSteps(headers, body));
}

/** The same, an event a step: a batch may have thousands. */
export function* receiveSteps(headers: IncomingHttpHeaders, body: Uint8Array): Generator<void, Received> {
  const { mode, events } = yield* receive(headers, body);
  const trace = traceOf(headers);
  return { mode, events: trace ? events.map((event) => ({ ...event, trace })) : events };
}

/** W3C Trace Context §3.2 and §3.3. */
function traceOf({ traceparent, tracestate }: IncomingHttpHeaders): ReceivedEvent["trace"] {
  if (typeof traceparent !== "string" || !/^[0-9a-f]{2}(-[0-9a-f]{2,32}){3}$/.test(traceparent)) return undefined;
  return { traceparent, ...(typeof tracestate === "string" && { tracestate }) };
}

function* receive(headers: IncomingHttpHeaders, body: Uint8Array): Generator<void, Received> {
  const contentType = headers["content-type"]?.trim() ?? "";
  switch (mediaType(contentType)) {
    case "application/cloudevents+json":
      requireUtf8(contentType);
      return { mode: "structured", events: [readEnvelope(envelopeText(body))] };
    case "application/cloudevents-batch+json":
      requireUtf8(contentType);
      return { mode: "batch", events: yield* readBatch(envelopeText(body)) };
    default:
      return { mode: "binary", events: [readBinary(headers, contentType, body)] };
  }
}

function readBinary(headers: IncomingHttpHeaders, contentType: string, body: Uint8Array): ReceivedEvent {
  if (mediaType(contentType).startsWith("application/cloudevents")) {
    throw new NotAnEvent(`${quote(contentType)}: of the structured formats only JSON is read`);
  }
  const { attributes, written } = readAttributeHeaders(headers);
  if (attributes.specversion === undefined) {
    throw new NotAnEvent(`no ce-specversion header, and the Content-Type is ${contentType === "" ? "missing" : quote(contentType)}`);
  }
  if (contentType !== "") attributes.datacontenttype = contentType; // §3.1.1: the one place for it
  const context = readAttributes(attributes);
  return { ...context, ...(body.length > 0 && { data: { bytes: body, base64: false } }), written };
}

/** ASCII is UTF-8 too; anything else could not be JSON (RFC 8259 §8.1). */
function requireUtf8(contentType: string): void {
  const name = charset(contentType);
  if (name !== undefined && !["utf-8", "utf8", "us-ascii"].includes(name)) {
    throw new InvalidEvent(`charset ${quote(name)}: a structured event is JSON, and JSON is UTF-8`);
  }
}
