import type { ChildProcess } from "node:child_process";

const children = new Map<ChildProcess, NodeJS.Signals>();
let watching = false;

/** A process that must not outlive ours, however ours ends (but for SIGKILL). */
export function endWithUs(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): void {
  if (!watching) {
    watching = true;
    process.once("exit", () => children.forEach((signal, one) => one.kill(signal)));
    for (const end of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(end, () => process.exit(1));
  }
  children.set(child, signal);
  child.once("exit", () => children.delete(child));
}
