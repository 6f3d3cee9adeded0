import { rmSync } from "node:fs";
import { lstat, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TemporaryFolderUnusable } from "../errors.js";
import { Turns } from "../turns.js";
import { type Holder, holder, whereabouts } from "./holder.js";

/** Our folders, and the file in each that tells whose it is. */
const PREFIX = "oss-faces-work-";
const HOLDER = "holder.json";
/** A folder of a process elsewhere (another container, the one before a restart) is left over when nothing in it changed for so long, in milliseconds. */
const LEFT = 3_600_000;
/** Folders that the library makes. */
const LIBRARYS = /^\.tmp/;
/** The library's threads may still write where its work failed. */
const REMOVE = { recursive: true, force: true, maxRetries: 3 } as const;

/**
 * The library's temporary files. It sorts short forms of all descriptors in a folder for each index it makes, and leaves
 * that behind (LanceDB 0.39), also after everybody in it was forgotten: so it gets a folder of this process, which ends with it.
 */
export class TemporaryFiles {
  /** The system's folder: TMPDIR, or /tmp. */
  readonly #parent = tmpdir();
  readonly #line = new Turns(1);
  #folder: string | undefined;
  /** What belongs to connections. */
  readonly #kept = new Set<string>();

  /**
   * Work of the library whose temporary files last: a connection has some. It is told the folder.
   * @throws TemporaryFolderUnusable
   */
  keeping<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
    return this.#inTurn(async (folder) => {
      const result = await work(folder);
      for (const name of await told(folder, readdir(folder))) this.#kept.add(name);
      return result;
    });
  }

  /**
   * Work of the library after which its temporary files are removed.
   * @throws TemporaryFolderUnusable
   */
  removing<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(async (folder) => {
      const remove = async () => {
        const made = (await readdir(folder)).filter((name) => LIBRARYS.test(name) && !this.#kept.has(name));
        await Promise.all(made.map((name) => rm(join(folder, name), REMOVE)));
      };
      const result = await work().catch(async (error: unknown) => {
        await remove().catch(() => undefined); // the next one does
        throw error;
      });
      await told(folder, remove());
      return result;
    });
  }

  /**
   * Removes what killed processes left.
   * @throws TemporaryFolderUnusable
   */
  async sweep(): Promise<void> {
    const ours = (await told(this.#parent, readdir(this.#parent))).filter((name) => name.startsWith(PREFIX)).map((name) => join(this.#parent, name));
    for (const folder of ours) if (await isLeft(folder)) await rm(folder, REMOVE).catch(() => undefined); // another user's
  }

  /** One at a time: whose files they are shows in what is new. */
  async #inTurn<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
    await this.#line.next();
    try {
      return await work(await this.#own());
    } finally {
      this.#line.end();
    }
  }

  /** Made anew where it is gone: some systems remove what lay there for days. */
  async #own(): Promise<string> {
    const there = this.#folder !== undefined && (await lstat(this.#folder).then((found) => found.isDirectory(), () => false));
    if (there) return this.#folder!;
    await this.sweep();
    const folder = await told(this.#parent, mkdtemp(join(this.#parent, PREFIX)));
    await told(folder, writeFile(join(folder, HOLDER), JSON.stringify(await holder(process.pid))));
    process.once("exit", () => removeNow(folder));
    process.env.TMPDIR = folder;
    return (this.#folder = folder);
  }
}

/** The one of this process: the library takes the folder from the process's environment, which counts on the main thread alone. */
export const temporaryFiles = new TemporaryFiles();

async function isLeft(folder: string): Promise<boolean> {
  const held = await readFile(join(folder, HOLDER), "utf8").then((text) => JSON.parse(text) as Holder, () => undefined);
  const state = held ? await whereabouts(held) : "elsewhere";
  if (state !== "elsewhere") return state === "ended";
  const files = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const changed = await Promise.all([folder, ...files.map((name) => join(folder, name))].map((path) => stat(path).then(({ mtimeMs }) => mtimeMs, () => 0)));
  return Math.max(...changed) < Date.now() - LEFT;
}

function removeNow(folder: string): void {
  try {
    rmSync(folder, REMOVE);
  } catch {
    // the next process does
  }
}

/** @throws TemporaryFolderUnusable where the work fails */
export function told<Result>(folder: string, work: Promise<Result>): Promise<Result> {
  return work.catch((error: Error) => {
    throw new TemporaryFolderUnusable(`The gallery needs temporary files in ${folder}, which cannot be had (${error.message}): mount a volume there that can be written, or set TMPDIR.`);
  });
}
