import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds that whoever reads our output may take for what is left of it. */
const READING = 5000;
/** Milliseconds after which a process that should be gone is still there. */
const SURVIVED = 1000;

/** Into a pipe Node writes 64 kB at once and the rest when it is read: an exit would lose that. */
export async function flushOutput(): Promise<void> {
  const written = [process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => stream.write("", () => resolve())));
  await Promise.race([Promise.all(written), sleep(READING)]);
}

/**
 * Ends the process while workers are within onnxruntime. Any exit that Node knows ends their threads first, and
 * onnxruntime then aborts with an exception on stderr (exit code 134); SIGKILL says nothing (137). The first process of
 * a container is out of its own signals' reach: there the abort is what is left (139).
 */
export function endHard(): void {
  process.kill(process.pid, "SIGKILL");
  setTimeout(() => process.exit(1), SURVIVED);
}
