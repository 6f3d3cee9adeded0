/** C0 but newline and tab, DEL, C1, and the characters that turn the direction of text around (UAX #9). */
const UNSAFE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Text that may be printed on a terminal whoever sent it: control characters as `\x1b`, newlines and tabs as they are. */
export function forTerminal(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}

/** The same for what has to stay on one line. */
export function forTerminalLine(text: string): string {
  return forTerminal(text).replaceAll("\n", "\\x0a").replaceAll("\t", "\\x09");
}
