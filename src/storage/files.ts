import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { isUnfinished } from "../unfinished.js";
import type { ObjectStat } from "./object-store.js";

/**
 * The files below a folder whose path from there, with `/`, begins with `prefix`: in the order of its UTF-8 bytes, as a
 * bucket lists its objects. No symbolic links, for those may lead anywhere, and nothing that is unfinished.
 * @throws what the file system says of a folder that cannot be read
 */
export async function* filesBelow(folder: string, prefix: string, signal: AbortSignal): AsyncGenerator<ObjectStat> {
  yield* below(folder, prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix, signal);
}

/** @param within the path so far: empty, or it ends with `/` */
async function* below(folder: string, within: string, prefix: string, signal: AbortSignal): AsyncGenerator<ObjectStat> {
  const entries = await readdir(path.join(folder, within), { withFileTypes: true }).catch(unlessGone([]));
  const keys = entries.filter((entry) => entry.isFile() || entry.isDirectory()).map((entry) => `${within}${entry.name}${entry.isDirectory() ? "/" : ""}`);
  for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    signal.throwIfAborted();
    if (!key.startsWith(prefix) || isUnfinished(key)) continue;
    if (key.endsWith("/")) {
      yield* below(folder, key, prefix, signal);
      continue;
    }
    const stats = await lstat(path.join(folder, key)).catch(unlessGone(undefined));
    if (stats?.isFile()) yield statOf(key, stats);
  }
}

export function statOf(key: string, { size, mtime }: Stats): ObjectStat {
  return { key, size, lastModified: mtime };
}

/** MD5 of a file's bytes as OSS gives it after a simple upload: upper-case hex. */
export async function etagOfFile(file: string, signal: AbortSignal): Promise<string> {
  const md5 = createHash("md5");
  await pipeline(createReadStream(file), md5, { signal });
  return md5.digest("hex").toUpperCase();
}

/** Whether the file system says that there is no such file. */
export function isMissing({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT" || code === "ENOTDIR";
}

/** For what was removed, or became something else, since its name was read. */
export function unlessGone<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (isMissing(error)) return instead;
    throw error;
  };
}
