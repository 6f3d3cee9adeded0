import { opendir, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { UsageError } from "./command.js";

/** Extensions that a folder is searched for: what we read, and what people expect us to (those get an error that says so). */
const EXTENSIONS = /\.(jpe?g|jfif|png|webp|avif|gif|tiff?|hei[cf]|hif|bmp|ico|jp2|jxl|psd)$/i;

/**
 * The pictures among `paths`: files as named, folders searched recursively; each folder's in order of name.
 * @param except a folder that is not searched, unless what is searched lies in it
 */
export async function findPictures(paths: string[], except?: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) throw new UsageError(`${path}: there is no such file or folder`);
    const left = except === undefined || isWithin(except, path) ? undefined : except;
    if (stats.isDirectory()) found.push(...(await inFolder(path)).filter((file) => left === undefined || !isWithin(left, file)).sort());
    else found.push(path);
  }
  return found;
}

async function inFolder(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of await opendir(folder, { recursive: true })) {
    if (entry.isFile() && EXTENSIONS.test(entry.name)) found.push(join(entry.parentPath, entry.name));
  }
  return found;
}

/** Whether a path is a folder's own, or leads below it. */
export function isWithin(folder: string, path: string): boolean {
  const [first] = relative(resolve(folder), resolve(path)).split(sep);
  return first !== "..";
}
