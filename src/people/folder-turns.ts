import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { GalleryUnusable } from "../errors.js";
import { type Holder, holder, whereabouts } from "./holder.js";
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
    return { over: content === FREE || (await whereabouts(JSON.parse(content) as Holder)) === "ended", key: `${ino} ${mtimeMs}` };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { over: true, key: "" }; // its next turn was taken meanwhile
    throw error;
  }
}
