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

/** From now on a reader that goes away ends nothing by itself: the next `print` throws. */
export function watchReader(): void {
  process.stdout.on("error", () => {
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
  print(`${forTerminalLine(line)}\n`);
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
