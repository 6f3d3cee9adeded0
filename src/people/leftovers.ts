import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** What LanceDB's object store writes to before a file gets its name: `.tmpAbC123`, or the name and `#1`. */
const UNFINISHED = /^\.tmp|#\d+$/;

/**
 * Removes files that a process was writing when it was killed, descriptors and all: no table knows them, and the library
 * does not clean them away. For the holder of both locks: nobody else is writing.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const left = entries.filter((entry) => entry.isFile() && UNFINISHED.test(entry.name));
  await Promise.all(left.map(({ parentPath, name }) => rm(join(parentPath, name), { force: true })));
}
