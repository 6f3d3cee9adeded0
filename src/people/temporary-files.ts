import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TemporaryFolderUnusable } from "../errors.js";
import { madeOnce } from "../made-once.js";
import { Turns } from "../turns.js";

/** Our folders, each with the process it belongs to. */
const PREFIX = "oss-faces-work-";
const OURS = new RegExp(`^${PREFIX}(\\d+)-`);
/** Folders that the library makes. */
const LIBRARYS = /^\.tmp/;
const NEVER = new AbortController().signal;

/**
 * The library's temporary files. It sorts short forms of all descriptors in a folder for each index it makes, and leaves
 * that behind (LanceDB 0.39), also after everybody in it was forgotten: so it gets a folder of this process, which ends with it.
 */
export class TemporaryFiles {
  readonly #line = new Turns(1);
  readonly #folder: () => Promise<string>;

  /** @param parent the system's folder by default: TMPDIR, or /tmp */
  constructor(parent = tmpdir()) {
    this.#folder = madeOnce(() => folderIn(parent));
  }

  /**
   * Work of the library whose temporary files last: a connection has one for as long as it is open.
   * @throws TemporaryFolderUnusable
   */
  keeping<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(work);
  }

  /**
   * Work of the library after which the temporary files that it made are removed.
   * @throws TemporaryFolderUnusable
   */
  removing<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(async (folder) => {
      await told(folder, mkdir(folder, { recursive: true })); // some systems remove what lay there for days
      const before = new Set(await readdir(folder));
      try {
        return await work();
      } finally {
        await told(folder, removeNew(folder, before));
      }
    });
  }

  /** One at a time: whose files they are shows in what is new. */
  async #inTurn<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
    const folder = await this.#folder();
    await this.#line.next(NEVER);
    try {
      return await work(folder);
    } finally {
      this.#line.end();
    }
  }
}

/** The one of this process: the library takes the folder from the process's environment, which counts on the main thread alone. */
export const temporaryFiles = new TemporaryFiles();

async function folderIn(parent: string): Promise<string> {
  await told(parent, removeLeft(parent));
  const folder = await told(parent, mkdtemp(join(parent, `${PREFIX}${process.pid}-`)));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.env.TMPDIR = folder;
  return folder;
}

function told<Result>(folder: string, work: Promise<Result>): Promise<Result> {
  return work.catch((error: Error) => {
    throw new TemporaryFolderUnusable(`The gallery needs temporary files in ${folder}, which cannot be had (${error.message}): mount a volume there that can be written, or set TMPDIR.`);
  });
}

async function removeNew(folder: string, before: ReadonlySet<string>): Promise<void> {
  const made = (await readdir(folder)).filter((name) => LIBRARYS.test(name) && !before.has(name));
  await Promise.all(made.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Removes what killed processes left. A container's next process often has the number of the last one. */
async function removeLeft(parent: string): Promise<void> {
  const started = Date.now() - 1000 * process.uptime();
  for (const name of await readdir(parent)) {
    const [, pid] = OURS.exec(name) ?? [];
    if (pid === undefined) continue;
    const folder = join(parent, name);
    const used = Number(pid) === process.pid ? await stat(folder).then(({ mtimeMs }) => mtimeMs >= started, () => true) : runs(Number(pid));
    if (!used) await rm(folder, { recursive: true, force: true }).catch(() => undefined); // another user's
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
