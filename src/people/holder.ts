import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** A process that holds something which others may want to take over. */
export interface Holder {
  /** Where its number means something: the machine, and its space of process numbers (containers have their own). */
  machine: string;
  pid: number;
  /** Numbers are used again: when it began, in the system's own unit. Empty where it ended, or the system does not tell. */
  began: string;
}

/** The process of this number on this machine. */
export async function holder(pid: number): Promise<Holder> {
  const space = await readlink("/proc/self/ns/pid").catch(() => "");
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = status.slice(status.lastIndexOf(")")).split(" ");
  const ended = fields[1] === "Z"; // killed, and its parent did not take notice yet
  return { machine: `${hostname()} ${boot.trim()} ${space}`, pid, began: ended ? "" : (fields[20] ?? "") };
}

/** Whether a holder on this machine still runs; of those elsewhere nothing is known. */
export async function whereabouts(one: Holder): Promise<"runs" | "ended" | "elsewhere"> {
  const now = await holder(one.pid);
  if (now.machine !== one.machine) return "elsewhere";
  try {
    process.kill(one.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return "ended";
  }
  return now.began === one.began ? "runs" : "ended";
}
