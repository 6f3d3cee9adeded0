import type { FSWatcher } from "chokidar";
import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { BucketNotFound } from "../errors.js";
import { isUnfinished } from "../unfinished.js";

/** A file of the bucket that was written and is finished, or that is gone. */
export interface FolderChange {
  bucket: string;
  /** The path within the bucket, with `/`. */
  key: string;
  change: "created" | "removed";
  /** Bytes; of created ones. */
  size?: number;
}

export interface FolderOptions {
  root: string;
  /** A folder in `root`. */
  bucket: string;
  /** Whether the files that are there already are reported too. */
  existing: boolean;
  onObject: (object: FolderChange) => void;
  /** What the file system cannot do, e.g. watch more folders. */
  onError: (error: unknown) => void;
  /** Closes the watch. */
  signal?: AbortSignal;
  /** A file is finished when its size was the same for so long, milliseconds. */
  settle?: number;
}

export interface FolderWatch {
  /** Settles once every change from then on is seen, or at close; rejects with BucketNotFound where there is no such folder. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Reports the files of a folder as objects of a bucket; leaves out dot files and the names of unfinished downloads. */
export function watchFolder(options: FolderOptions): FolderWatch {
  const { signal } = options;
  const folder = path.resolve(options.root, options.bucket);
  const starting = start(folder, options);
  let closed = () => {};
  const closing = new Promise<void>((resolve) => (closed = resolve));

  async function close(): Promise<void> {
    closed();
    signal?.removeEventListener("abort", stop);
    await (await starting.catch(() => undefined))?.watcher.close();
  }
  const stop = () => void close();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  return { ready: Promise.race([starting.then(({ ready }) => ready), closing]), close };
}

async function start(folder: string, { bucket, existing, onObject, onError, settle = 500 }: FolderOptions): Promise<{ watcher: FSWatcher; ready: Promise<void> }> {
  const isFolder = await stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new BucketNotFound(`${folder} is not a folder`);
  const { watch } = await import("chokidar");
  const known = new Set(existing ? [] : await filesBelow(folder));
  const watcher = watch(folder, {
    ignoreInitial: false, // `known` says what was there: what is added below would be passed over otherwise
    alwaysStat: true,
    followSymlinks: false,
    awaitWriteFinish: { stabilityThreshold: settle, pollInterval: Math.max(5, settle / 5) },
    ignored: (file) => isUnfinished(path.relative(folder, file)),
  });
  const keyOf = (file: string) => path.relative(folder, file).split(path.sep).join("/");
  const created = (file: string, stats?: Stats) => {
    if (stats?.isFile()) onObject({ bucket, key: keyOf(file), change: "created", size: stats.size });
  };
  watcher.on("add", (file, stats) => known.delete(file) || created(file, stats)).on("change", created);
  watcher.on("unlink", (file) => onObject({ bucket, key: keyOf(file), change: "removed" }));
  watcher.on("addDir", (dir) => void lookAgain(watcher, dir, settle));
  watcher.on("error", onError);
  return { watcher, ready: new Promise((resolve) => watcher.once("ready", resolve)) };
}

/** chokidar first reads a new folder and then watches it: it does not see what comes in between. */
async function lookAgain(watcher: FSWatcher, folder: string, settle: number): Promise<void> {
  await pause(settle, undefined, { ref: false });
  const names = await readdir(folder).catch(() => []); // gone again
  const seen = new Set(watcher.getWatched()[folder]);
  if (!watcher.closed) watcher.add(names.filter((name) => !seen.has(name)).map((name) => path.join(folder, name)));
}

async function filesBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).map((name) => path.join(folder, name));
}
