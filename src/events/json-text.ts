/**
 * What JSON.parse cannot say: where values stand in the text, and how they were written (`1.0`, doubled keys, key order).
 * Every function is one pass without recursion: nesting costs nothing, whoever sent it.
 */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
export const COMMA = 0x2c;
export const COLON = 0x3a;

/** Of a character's code, or of a byte of UTF-8: all of these are ASCII. */
export const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
export const opens = (code: number) => code === OPEN_BRACE || code === OPEN_BRACKET;
export const closes = (code: number) => code === CLOSE_BRACE || code === CLOSE_BRACKET;

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** `at` is the opening quote; the answer is the index behind the closing one, or the text's length where it is missing. */
export function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  return text.length;
}

function endOfScalar(text: string, at: number): number {
  let end = at;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (isSpace(code) || opens(code) || closes(code) || code === COMMA || code === COLON || code === QUOTE) break;
  }
  return end;
}

/**
 * The index behind the first JSON value at or after `from`; the text's length where the value is cut short.
 * It follows brackets and quotes only: whether the value is valid, JSON.parse says.
 */
export function endOfValue(text: string, from = 0): number {
  let at = skipSpace(text, from);
  let depth = 0;
  do {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (opens(code)) {
      depth++;
      at++;
    } else if (closes(code)) {
      depth--;
      at++;
    } else if (depth > 0 && (isSpace(code) || code === COMMA || code === COLON)) at++;
    else at = Math.max(endOfScalar(text, at), at + 1);
  } while (depth > 0 && at < text.length);
  return Math.min(at, text.length);
}

/** A value inside an array or object: its text starts right behind the bracket, comma or colon, white space included. */
export interface Entry {
  /** Only in objects. */
  key?: string;
  text: string;
}

/** The entries of the outermost array or object of a valid JSON text, in order; doubled keys come doubled. */
export function* entries(json: string): Generator<Entry> {
  let at = skipSpace(json, 0);
  const inObject = json.charCodeAt(at) === OPEN_BRACE;
  do {
    at++; // behind the opening bracket or the comma
    const next = skipSpace(json, at);
    if (closes(json.charCodeAt(next))) return;
    const entry: Entry = { text: "" };
    if (inObject) {
      const end = endOfString(json, next);
      entry.key = JSON.parse(json.slice(next, end)) as string;
      at = skipSpace(json, end) + 1;
    }
    const end = endOfValue(json, at);
    entry.text = json.slice(at, end);
    yield entry;
    at = skipSpace(json, end);
  } while (json.charCodeAt(at) === COMMA);
}

/** How deep arrays and objects nest in a valid JSON text: 0 for a scalar. */
export function nesting(json: string): number {
  let deepest = 0;
  for (let at = 0, depth = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at) - 1;
    else if (opens(code)) deepest = Math.max(deepest, ++depth);
    else if (closes(code)) depth--;
  }
  return deepest;
}

/** The value of a JSON text, or undefined where it is none. (No JSON text has the value undefined.) */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
