import { once } from "node:events";
import { forTerminal, forTerminalLine } from "../events/terminal.js";

/** A line that stands below all others for as long as work goes on, such as a counter. */
export interface StatusLine {
  clear(): void;
  draw(): void;
}

/** Nobody reads what a command prints any more, as behind `| head`: what is the use of going on. */
export class ReaderGone extends Error {}

let status: StatusLine | undefined;
let gone = false;
let tellGone: () => void;
/** Settles once nobody reads stdout any more. */
export const readerGone = new Promise<void>((resolve) => (tellGone = resolve));

/** From now on a reader that goes away ends nothing by itself: the next `print` throws. So does a full disk, which is said. */
export function watchReader(): void {
  process.stderr.on("error", () => undefined); // where both go into one pipe, stdout's error tells
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (!gone && error.code !== "EPIPE") {
      process.exitCode = 1;
      tell(`The output cannot be written: ${error.message}\n`);
    }
    gone = true;
    tellGone();
  });
}

/** What was asked for, on stdout. @throws ReaderGone */
export function print(text: string): void {
  if (gone) throw new ReaderGone();
  write(process.stdout, text);
}

/** The same for what may be a lot: settles when there is room for more. @throws ReaderGone */
export async function printAll(text: string): Promise<void> {
  print(text);
  if (process.stdout.writableNeedDrain) await Promise.race([once(process.stdout, "drain"), readerGone]);
}

/** The same, a line in which names and keys cannot control the terminal. @throws ReaderGone */
export function printLine(line: string): void {
  print(asLines([line]));
}

/** Texts that each stay on their line, and cannot control the terminal. */
export function asLines(texts: readonly string[]): string {
  return texts.map((text) => `${forTerminalLine(text)}\n`).join("");
}

/** A line on what was changed: the work goes on to its end, whether it is read or not. */
export function reportLine(line: string): void {
  if (!gone) printLine(line);
}

/** What is said beside it, on stderr: what it quotes cannot control the terminal. */
export function tell(text: string): void {
  write(process.stderr, forTerminal(text));
}

/** Shows a status line on stderr, instead of the one before; undefined takes it away. */
export function showStatus(line: StatusLine | undefined): void {
  status?.clear();
  status = line;
  status?.draw();
}

function write(stream: NodeJS.WriteStream, text: string): void {
  const aside = stream.isTTY ? status : undefined;
  aside?.clear();
  stream.write(text);
  if (text.endsWith("\n")) aside?.draw();
}
