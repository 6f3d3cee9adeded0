import type { IncomingHttpHeaders } from "node:http";
import { decodeUtf8 } from "./encoding.js";

const PREFIX = "ce-";

/** Attributes by their names, and as they stood on the wire where decoding changed them. */
export interface AttributeHeaders {
  attributes: Record<string, string>;
  written: Record<string, string>;
}

/** Reads the `ce-…` headers of a request as Node gives them. Source: CloudEvents HTTP binding 1.0.2 §3.1.3. */
export function readAttributeHeaders(headers: IncomingHttpHeaders): AttributeHeaders {
  const entries = Object.entries(headers)
    .filter(([name]) => name.toLowerCase().startsWith(PREFIX))
    .map(([name, value]) => [name.slice(PREFIX.length).toLowerCase(), utf8(Array.isArray(value) ? value.join(", ") : (value ?? ""))] as const);
  return {
    attributes: Object.fromEntries(entries.map(([name, value]) => [name, decode(value)])),
    written: Object.fromEntries(entries.filter(([, value]) => decode(value) !== value)),
  };
}

/** Node reads header bytes as latin1, whatever they are; those that are no UTF-8 stay latin1. */
function utf8(value: string): string {
  return /^[\0-\xff]*$/.test(value) ? (decodeUtf8(Buffer.from(value, "latin1")) ?? value) : value;
}

/**
 * §3.1.3.2: quotes removed, then unescaped, then percent-decoded once. The specification wants sequences that are no
 * UTF-8 rejected; they stay as they are, because Go's SDK sends `%` unencoded.
 */
function decode(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1];
  return (quoted?.replace(/\\(.)/gs, "$1") ?? value).replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    return decodeUtf8(Buffer.from(escapes.replaceAll("%", ""), "hex")) ?? escapes;
  });
}
