import { decodeBase64, decodeUtf8, encodeUtf8 } from "./encoding.js";
import { endOfValue, parseJson } from "./json-text.js";
import { quote } from "./quote.js";

/** Wrappings there may be around the records; two to four are known (a JSON string of base64 of JSON). */
const MAX_LAYERS = 8;

/** What the wrappings held, or, where that is no JSON, what was found instead. */
export type Unwrapped = { value: unknown; warnings: string[] } | { instead: string };

/**
 * Takes an event's data out of the wrappings that OSS notifications arrive in: base64, JSON strings of either, `data`
 * members, bytes of an earlier message behind the value. All of it has been seen: OSS sends base64, MNS adapters quote
 * it, the log in the MnsOss guide shows the tail, EventBridge's log the `data` member.
 */
export function unwrap(data: Uint8Array): Unwrapped {
  const warnings: string[] = [];
  let value: unknown = data;
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    if (value instanceof Uint8Array) {
      const text = decodeUtf8(value);
      if (text === undefined) return { instead: `${value.length} bytes that are no UTF-8` };
      value = text;
    }
    if (typeof value === "string") {
      const inner = readText(value.replace(/^\ufeff/, ""), warnings);
      if (inner === undefined) return { instead: value.trim() === "" ? "empty text" : `text that is neither JSON nor base64: ${quote(value)}` };
      value = inner;
    } else if (isObject(value) && !("events" in value) && !("oss" in value) && !("eventSource" in value) && "data" in value) {
      value = value.data;
    } else return { value, warnings };
  }
  return { instead: `more than ${MAX_LAYERS} wrappings` };
}

/** Parses text as JSON, as JSON with something behind it, or as base64, whose bytes it gives. */
function readText(text: string, warnings: string[]): unknown {
  const whole = parseJson(text);
  if (whole !== undefined) return whole;
  if (/^\s*[[{"]/.test(text)) {
    const end = endOfValue(text);
    const first = end < text.length ? parseJson(text.slice(0, end)) : undefined;
    if (first !== undefined) warnings.push(`${encodeUtf8(text.slice(end)).length} bytes behind the first JSON value were ignored`);
    return first;
  }
  return text.trim() === "" ? undefined : decodeBase64(text);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names a value in a message without repeating it. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (!isObject(value)) return `a ${typeof value}`;
  const names = Object.keys(value);
  return names.length === 0 ? "an empty object" : `an object with ${quote(names.slice(0, 5).join(", "))}${names.length > 5 ? ", …" : ""}`;
}
