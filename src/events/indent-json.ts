import { nesting, parseJson } from "./json-text.js";

/** Nesting at which Go's encoding/json gives up (its maxNestingDepth). */
const MAX_DEPTH = 10_000;
/**
 * Most characters an indented text may have: the indentation of deep nesting multiplies a hostile text's length by
 * thousands. Sixteen times the usual limit on an event; real ones grow by less than seven.
 */
const MAX_INDENTED = 16 * 1024 * 1024;

const [NEWLINE, SPACE, QUOTE, COMMA, COLON, OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = Buffer.from("\n \",:[\\]{}");

const isSpace = (byte: number) => byte === SPACE || (byte <= 0x0d && byte >= 0x09);
const opens = (byte: number) => byte === OPEN_BRACE || byte === OPEN_BRACKET;
const closes = (byte: number) => byte === CLOSE_BRACE || byte === CLOSE_BRACKET;

/**
 * Indents JSON as text, as Go's json.Indent does with prefix and indent of two spaces: only white space changes, that
 * behind the value stays. Undefined where the text is no JSON, or where the result would be absurd (see above).
 * It works on UTF-8, byte by byte: putting a megabyte together from pieces of text would hold the event loop for 100 ms.
 */
export function indentJson(json: string): string | undefined {
  if (parseJson(json) === undefined || nesting(json) > MAX_DEPTH) return undefined;
  const from = Buffer.from(json);
  let out = Buffer.allocUnsafe(2 * from.length + 64);
  let size = 0;
  let inner = 0; // bytes that make no character of their own, as JavaScript counts
  let depth = 0;
  let inString = false;
  let at = 0;
  while (isSpace(from[at])) at++;
  do {
    if (size + 2 * depth + 8 > out.length) out = Buffer.concat([out], 2 * out.length + 2 * depth);
    const byte = from[at++];
    if (inString) {
      out[size++] = byte;
      if (byte === BACKSLASH) out[size++] = from[at++];
      else if (byte === QUOTE) inString = false;
      else if (byte >= 0x80) inner += byte < 0xc0 ? 1 : byte >= 0xf0 ? -1 : 0;
    } else if (opens(byte)) {
      out[size++] = byte;
      while (isSpace(from[at])) at++;
      if (closes(from[at])) out[size++] = from[at++];
      else size = breakLine(out, size, ++depth);
    } else if (closes(byte)) {
      size = breakLine(out, size, --depth);
      out[size++] = byte;
    } else if (byte === COMMA) {
      out[size++] = byte;
      size = breakLine(out, size, depth);
    } else if (byte === COLON) {
      out[size++] = byte;
      out[size++] = SPACE;
    } else if (!isSpace(byte)) {
      out[size++] = byte;
      inString = byte === QUOTE;
    }
    if (size - inner > MAX_INDENTED) return undefined;
  } while (depth > 0 || inString || isMore(from, at));
  return out.toString("utf8", 0, size) + from.toString("utf8", at);
}

/** Whether a scalar at the top goes on here. */
function isMore(from: Buffer, at: number): boolean {
  return at < from.length && !isSpace(from[at]) && !closes(from[at - 1]) && from[at - 1] !== QUOTE;
}

/** Writes a line break and the indentation of the next line; gives the index behind it. */
function breakLine(out: Buffer, at: number, depth: number): number {
  out[at++] = NEWLINE;
  for (const end = at + 2 + 2 * depth; at < end; at++) out[at] = SPACE;
  return at;
}
