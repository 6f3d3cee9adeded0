import { InvalidEvent } from "../errors.js";
import { readAttributes } from "./attributes.js";
import { decodeBase64, decodeUtf8, encodeUtf8 } from "./encoding.js";
import type { EventData, ReceivedEvent } from "./event.js";
import { entries, parseJson } from "./json-text.js";
import { isJson } from "./media-type.js";

/**
 * Reads one event in the JSON format (CloudEvents JSON format 1.0.2 §3).
 * @throws InvalidEvent
 */
export function readEnvelope(json: string): ReceivedEvent {
  const envelope = parseEnvelope(json);
  if (typeof envelope !== "object" || envelope === null || Array.isArray(envelope)) throw new InvalidEvent("a structured event is a JSON object");
  const { data_base64: base64, ...members } = envelope as Record<string, unknown>;
  delete members.data; // its text is taken, not its value
  const context = readAttributes(members);
  const data = rawMember(json, "data");
  if (base64 === undefined || base64 === null) return { ...context, ...(data !== undefined && { data: inlineData(data, context) }), written: {} };
  if (data !== undefined) throw new InvalidEvent("data and data_base64 exclude each other");
  return { ...context, data: base64Data("data_base64", base64), written: {} };
}

/**
 * Reads a batch (JSON format §4), an event a step; an empty one is no events.
 * @throws InvalidEvent which names the event by its index
 */
export function* readBatch(json: string): Generator<void, ReceivedEvent[]> {
  if (!Array.isArray(parseEnvelope(json))) throw new InvalidEvent("a batch is a JSON array of events");
  const events: ReceivedEvent[] = [];
  for (const { text } of entries(json)) {
    try {
      events.push(readEnvelope(text));
    } catch (error) {
      if (error instanceof InvalidEvent) throw new InvalidEvent(`event ${events.length} of the batch: ${error.message}`, { cause: error });
      throw error;
    }
    yield;
  }
  return events;
}

/** The text of a structured body: JSON is UTF-8 (RFC 8259 §8.1), a byte order mark in front is forgiven. */
export function envelopeText(body: Uint8Array): string {
  const text = decodeUtf8(body);
  if (text === undefined) throw new InvalidEvent("the body is not UTF-8");
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

function parseEnvelope(json: string): unknown {
  const value = parseJson(json);
  if (value === undefined) throw new InvalidEvent(json.trim() === "" ? "the body is empty" : "the body is no valid JSON");
  return value;
}

/** The last one where a member is doubled, as JSON.parse has it. */
function rawMember(json: string, name: string): string | undefined {
  let raw: string | undefined;
  for (const { key, text } of entries(json)) if (key === name) raw = text;
  return raw;
}

function inlineData(raw: string, context: Pick<ReceivedEvent, "datacontenttype" | "datacontentencoding">): EventData {
  const text = raw.trimStart();
  if (context.datacontentencoding !== undefined) return base64Data("data", JSON.parse(text));
  const asText = text.startsWith('"') && !isJson(context.datacontenttype);
  return { bytes: encodeUtf8(asText ? (JSON.parse(text) as string) : raw), base64: false };
}

function base64Data(member: string, value: unknown): EventData {
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
  if (bytes === undefined) throw new InvalidEvent(`${member} is not base64`);
  return { bytes, base64: true };
}
