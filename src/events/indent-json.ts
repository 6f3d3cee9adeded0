import { BACKSLASH, closes, COLON, COMMA, endOfString, isSpace, opens, parseJson, QUOTE } from "./json-text.js";

/** Nesting at which Go's encoding/json gives up (its maxNestingDepth). */
const MAX_DEPTH = 10_000;
/**
 * Most characters an indented text may have: so many times those it had, and some more for short ones, but never more
 * than sixteen times the usual limit on an event. The indentation of deep nesting multiplies a hostile text's length by
 * thousands; real ones grow by less than seven.
 */
const MAX_GROWTH = 8;
const ALWAYS = 64 * 1024;
const MAX_INDENTED = 16 * 1024 * 1024;

const NEWLINE = 0x0a;
const SPACE = 0x20;

/**
 * Indents JSON as text, as Go's json.Indent does with prefix and indent of two spaces: only white space changes, that
 * behind the value stays. Undefined where the text is no JSON, or where the result would be absurd (see above).
 * It works on UTF-8, byte by byte: putting a megabyte together from pieces of text would hold the event loop for 100 ms.
 */
export function indentJson(json: string): string | undefined {
  const growth = growthOf(json, Math.min(MAX_GROWTH * json.length + ALWAYS, MAX_INDENTED) - json.length);
  if (growth === undefined || parseJson(json) === undefined) return undefined;
  const from = Buffer.from(json);
  const out = Buffer.allocUnsafe(from.length + growth);
  let size = 0;
  let depth = 0;
  let inString = false;
  let at = 0;
  while (isSpace(from[at])) at++;
  do {
    const byte = from[at++];
    if (inString) {
      out[size++] = byte;
      if (byte === BACKSLASH) out[size++] = from[at++];
      else if (byte === QUOTE) inString = false;
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
  } while (depth > 0 || inString || isMore(from, at));
  return out.toString("utf8", 0, size) + from.toString("utf8", at);
}

/**
 * The most characters that indentation adds to a JSON text; undefined where they are more than `most` or the nesting is
 * too deep. It is asked before the text is parsed, which takes ten times as long: of what is no JSON it says anything.
 */
function growthOf(json: string, most: number): number | undefined {
  let growth = 0;
  for (let at = 0, depth = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at) - 1;
    else if (code === COLON) growth += 1;
    else if (opens(code)) growth += lineBreak(++depth);
    else if (closes(code)) growth += lineBreak(--depth);
    else if (code === COMMA) growth += lineBreak(depth);
    if (growth > most || depth > MAX_DEPTH) return undefined;
  }
  return growth <= most ? growth : undefined;
}

/** Bytes of a line break and the indentation of the next line. */
const lineBreak = (depth: number) => 3 + 2 * depth;

/** Whether a scalar at the top goes on here. */
function isMore(from: Buffer, at: number): boolean {
  return at < from.length && !isSpace(from[at]) && !closes(from[at - 1]) && from[at - 1] !== QUOTE;
}

/** Writes a line break and the indentation of the next line; gives the index behind it. */
function breakLine(out: Buffer, at: number, depth: number): number {
  out[at++] = NEWLINE;
  for (const end = at + lineBreak(depth) - 1; at < end; at++) out[at] = SPACE;
  return at;
}
