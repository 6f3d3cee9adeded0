import { forTerminalLine } from "../../events/terminal.js";

/** Characters that take two columns of a terminal: those of East Asia and pictures. */
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/gu;
/** Those that take none. */
const MARKS = /\p{Mn}|\u200d/gu;

/** Rows in columns of even width under their heads, for a terminal. */
export function table(heads: string[], rows: string[][]): string {
  const lines = [heads, ...rows].map((row) => row.map(forTerminalLine));
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column]))));
  return lines.map((line) => `${line.map((cell, column) => cell + " ".repeat(widths[column] - widthOf(cell))).join("  ").trimEnd()}\n`).join("");
}

function widthOf(text: string): number {
  const visible = text.replace(MARKS, "");
  return [...visible].length + (visible.match(WIDE)?.length ?? 0);
}

/** A time as the gallery has it, to the second. */
export function toSecond(time: string): string {
  return time.replace(/\.\d+Z$/, "Z");
}
