import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, readlink, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { GalleryUnusable } from "../errors.js";
import type { LastTurn, Turn, Turns } from "./writer-lock.js";

/** The content of a turn's file that was given back. */
const FREE = "";

/** What a file system without hard links answers. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

interface FolderTurn extends LastTurn {
  number: number;
}

/**
 * Turns as files `<name>.<number>` of a folder that processes on one or more machines share. One is taken by making the
 * next file, which only one process can, and given back by emptying it. The newest file is never removed: a number
 * comes once only. That a holder ended is seen at once on its own machine.
 * @param linked makes a hard link
 */
export function folderTurns(folder: string, name: string, linked = link): Turns<FolderTurn> {
  return {
    async last() {
      await mkdir(folder, { recursive: true });
      const number = await lastNumber(folder, name);
      return number === 0 ? { number, over: true, key: "" } : { number, ...(await stateOf(`${folder}/${name}.${number}`)) };
    },
    async take(seen) {
      const file = await make(folder, name, seen, linked);
      return file === undefined ? undefined : turnOf(folder, file);
    },
  };
}

function turnOf(folder: string, file: string): Turn {
  return {
    async sign() {
      try {
        await utimes(file, new Date(), new Date());
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
        throw error;
      }
    },
    async giveBack() {
      const draft = `${folder}/draft.${randomUUID()}`;
      await writeFile(draft, FREE);
      await rename(draft, file);
    },
  };
}

/**
 * Makes the file of the turn after the one that was seen, with its content at once; undefined where another process was
 * first. Where the last holder gave a sign since, it stays: the silence that it takes to take this one over is long enough
 * for the last holder to learn that it lost its turn.
 */
async function make(folder: string, name: string, seen: FolderTurn, linked: typeof link): Promise<string | undefined> {
  const number = seen.number + 1;
  const file = `${folder}/${name}.${number}`;
  const draft = `${folder}/draft.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(await holder(process.pid)));
  try {
    await linked(draft, file);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return undefined;
    if (NO_LINKS.includes(code)) throw new GalleryUnusable(`The file system of ${folder} has no hard links (${code}), by which processes take turns: put GALLERY on a disk or a NAS (NFS), or name oss://bucket/prefix.`);
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  if ((await lastNumber(folder, name)) !== number) {
    await rm(file, { force: true }); // an old turn's file, made again after it was removed
    return undefined;
  }
  const before = `${folder}/${name}.${seen.number}`;
  const { over, key } = await stateOf(before);
  await rm(before, { force: true });
  return over || key === seen.key ? file : undefined;
}

/** The number of the newest turn; 0 where there was none. */
async function lastNumber(folder: string, name: string): Promise<number> {
  const turns = (await readdir(folder)).filter((file) => file.startsWith(`${name}.`)).map((file) => Number(file.slice(name.length + 1)));
  return Math.max(0, ...turns);
}

async function stateOf(file: string): Promise<LastTurn> {
  try {
    const [content, { mtimeMs, ino }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
    return { over: content === FREE || (await hasEnded(JSON.parse(content) as Holder)), key: `${ino} ${mtimeMs}` };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { over: true, key: "" }; // its next turn was taken meanwhile
    throw error;
  }
}

interface Holder {
  /** Where its number means something: the machine, and its space of process numbers (containers have their own). */
  machine: string;
  pid: number;
  /** Numbers are used again: when it began, in the system's own unit. Empty where it ended, or the system does not tell. */
  began: string;
}

async function holder(pid: number): Promise<Holder> {
  const space = await readlink("/proc/self/ns/pid").catch(() => "");
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = status.slice(status.lastIndexOf(")")).split(" ");
  const ended = fields[1] === "Z"; // killed, and its parent did not take notice yet
  return { machine: `${hostname()} ${boot.trim()} ${space}`, pid, began: ended ? "" : (fields[20] ?? "") };
}

/** True where the holder ran on this machine and does not run any more. */
async function hasEnded(one: Holder): Promise<boolean> {
  const now = await holder(one.pid);
  if (now.machine !== one.machine) return false;
  try {
    process.kill(one.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  return now.began !== one.began;
}
