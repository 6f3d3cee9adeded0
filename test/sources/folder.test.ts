import { execFileSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BucketNotFound } from "../../src/errors.js";
import { watchFolder } from "../../src/sources/folder.js";
import type { FolderChange, FolderOptions, FolderWatch } from "../../src/sources/folder.js";
import { failureOf } from "../storage/support.js";

const watches: FolderWatch[] = [];

/** Collects what a watch reports; `until` waits for the change that it describes. */
function watching(root: string, options: Partial<FolderOptions> = {}) {
  const changes: FolderChange[] = [];
  const arrivals = new EventEmitter();
  const controller = new AbortController();
  const watch = watchFolder({
    root,
    bucket: "photos",
    existing: false,
    settle: 50,
    signal: controller.signal,
    onObject: (object) => {
      changes.push(object);
      arrivals.emit("change");
    },
    onError: (error) => arrivals.emit("error", error),
    ...options,
  });
  watches.push(watch);
  const until = async (key: string, change: FolderChange["change"]) => {
    while (!changes.some((seen) => seen.key === key && seen.change === change)) await once(arrivals, "change");
  };
  return { changes, watch, until, controller };
}

describe("watching a folder", () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), ".watch-")); // a dot in the way to the bucket does not hide it
    folder = path.join(root, "photos");
    await mkdir(folder);
    await writeFile(path.join(folder, "before.jpg"), "before");
  });
  afterEach(async () => {
    await Promise.all(watches.splice(0).map((watch) => watch.close()));
    await rm(root, { recursive: true });
  });

  it("reports a new file with its key and size, also in a new sub-folder, and its removal", async () => {
    const { changes, watch, until } = watching(root);
    await watch.ready;
    await mkdir(path.join(folder, "北京", "2024"), { recursive: true });
    await writeFile(path.join(folder, "北京", "2024", "a b%.jpg"), "12345");
    await until("北京/2024/a b%.jpg", "created");
    await rm(path.join(folder, "before.jpg"));
    await until("before.jpg", "removed");
    expect(changes).toEqual([
      { bucket: "photos", key: "北京/2024/a b%.jpg", change: "created", size: 5 },
      { bucket: "photos", key: "before.jpg", change: "removed" },
    ]);
  });

  it("reports every file of folders that are filled while they are found, once", async () => {
    const { changes, watch, until } = watching(root);
    await watch.ready;
    const keys = Array.from({ length: 80 }, (_, number) => `${number}/sub/a.jpg`);
    for (const key of keys) {
      await mkdir(path.dirname(path.join(folder, key)), { recursive: true });
      for (let turns = 0; turns < keys.indexOf(key) % 9; turns++) await new Promise(setImmediate); // at different moments
      await writeFile(path.join(folder, key), "photo");
    }
    for (const key of keys) await until(key, "created");
    expect(changes.map(({ key }) => key).sort()).toEqual([...keys].sort());
  });

  it.each([
    [true, ["before.jpg", "new.jpg"]],
    [false, ["new.jpg"]],
  ])("existing files: %s", async (existing, expected) => {
    const { changes, watch, until } = watching(root, { existing });
    await watch.ready;
    if (existing) await until("before.jpg", "created");
    await writeFile(path.join(folder, "new.jpg"), "new");
    await until("new.jpg", "created");
    expect(changes.map(({ key }) => key)).toEqual(expected);
  });

  it("reports a file that is written again", async () => {
    const { changes, watch, until } = watching(root);
    await watch.ready;
    await writeFile(path.join(folder, "before.jpg"), "longer than before");
    await until("before.jpg", "created");
    expect(changes).toEqual([{ bucket: "photos", key: "before.jpg", change: "created", size: 18 }]);
  });

  it("waits until a file has its name and is finished", async () => {
    const { changes, watch, until } = watching(root);
    await watch.ready;
    for (const name of [".hidden.jpg", "a.jpg.part", "b.tmp", "c.JPG.crdownload"]) await writeFile(path.join(folder, name), "unfinished");
    await mkdir(path.join(folder, ".git"));
    await writeFile(path.join(folder, ".git", "d.jpg"), "hidden");
    await rename(path.join(folder, "a.jpg.part"), path.join(folder, "a.jpg"));
    await until("a.jpg", "created");
    await writeFile(path.join(folder, "z.jpg"), "last");
    await until("z.jpg", "created");
    expect(changes.map(({ key }) => key)).toEqual(["a.jpg", "z.jpg"]);
  });

  it("reports links to files, but no other special ones", async () => {
    const { changes, watch, until } = watching(root);
    await watch.ready;
    execFileSync("mkfifo", [path.join(folder, "pipe.jpg")]);
    await symlink(folder, path.join(folder, "loop"));
    await symlink("before.jpg", path.join(folder, "link.jpg"));
    await until("link.jpg", "created");
    expect(changes).toEqual([{ bucket: "photos", key: "link.jpg", change: "created", size: 6 }]);
  });

  it("ends with the signal, before it is ready too", async () => {
    const running = watching(root);
    await running.watch.ready;
    running.controller.abort();
    await running.watch.close();
    const early = watching(root, { signal: AbortSignal.abort() });
    await early.watch.ready;
    expect(early.changes).toEqual([]);
  });

  it.each(["missing", "photos/before.jpg"])("says that %s is no folder", async (bucket) => {
    const { watch } = watching(root, { bucket });
    expect(await failureOf(watch.ready)).toBeInstanceOf(BucketNotFound);
  });
});
