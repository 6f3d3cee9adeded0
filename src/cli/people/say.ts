import { forTerminalLine } from "../../events/terminal.js";

/** A line on stdout; names and keys in it cannot control the terminal. */
export function say(line: string): void {
  process.stdout.write(`${forTerminalLine(line)}\n`);
}
