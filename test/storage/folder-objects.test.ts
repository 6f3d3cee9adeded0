import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BadKey, BucketNotFound, DeadlinePassed, FileUnreadable, ObjectNotFound } from "../../src/errors.js";
import { createFolderStore } from "../../src/storage/folder.js";
import type { ObjectStat } from "../../src/storage/object-store.js";
import { createPathStore } from "../../src/storage/path.js";
import { failureOf } from "./support.js";

const TEXT = "a photo";
const ETAG = createHash("md5").update(TEXT).digest("hex").toUpperCase();
const TIME = new Date("2024-05-06T07:08:09Z");
const { signal } = new AbortController();

async function keysOf(list: AsyncIterable<ObjectStat>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of list) keys.push(key);
  return keys;
}

describe("objects of a folder, without their bytes", () => {
  let base: string;
  let root: string;
  beforeEach(async () => {
    base = await mkdtemp(path.join(tmpdir(), "folder-objects-"));
    root = path.join(base, "root");
    // In the order of the keys' bytes: `-` before `.` before `/`, U+FF5E before U+1F600.
    const files = ["people/a-b.jpg", "people/a.jpg", "people/a/1.jpg", "people/王芳/证件 照+100%.jpg", "people/～.jpg", "people/😀.jpg", "people2.jpg", "z.jpg"];
    const passedOver = ["people/.DS_Store", "people/.hidden/1.jpg", "people/a/1.jpg.part", "people/a/2.crdownload"];
    for (const file of [...files, ...passedOver].map((name) => path.join(root, "photos", name)).concat(path.join(base, "outside", "secret.jpg"))) {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, TEXT);
      await utimes(file, TIME, TIME);
    }
    await symlink("a.jpg", path.join(root, "photos", "people", "link.jpg"));
    await symlink(path.join(base, "outside"), path.join(root, "photos", "out"));
    await symlink(path.join(base, "outside", "secret.jpg"), path.join(root, "photos", "out.jpg"));
  });
  afterEach(() => rm(base, { recursive: true }));
  const store = () => createFolderStore(root);

  it.each([
    ["people/", ["people/a-b.jpg", "people/a.jpg", "people/a/1.jpg", "people/王芳/证件 照+100%.jpg", "people/～.jpg", "people/😀.jpg"]],
    ["people/a", ["people/a-b.jpg", "people/a.jpg", "people/a/1.jpg"]],
    ["people", ["people/a-b.jpg", "people/a.jpg", "people/a/1.jpg", "people/王芳/证件 照+100%.jpg", "people/～.jpg", "people/😀.jpg", "people2.jpg"]],
    ["people/a.jpg", ["people/a.jpg"]],
    ["people/a.jpg/", []],
    ["nobody/", []],
    ["out/", []],
    ["../", []],
    ["people/../../photos/", []],
    ["/", []],
    ["people//", []],
    ["people/.hidden/", []],
    ["a\0b/", []],
  ])("under %j lists %j", async (prefix, keys) => {
    expect(await keysOf(store().list("photos", prefix, signal))).toEqual(keys);
  });

  it("lists size and time, and the eTag nowhere: it would take reading all files", async () => {
    for await (const object of store().list("photos", "z", signal)) expect(object).toEqual({ key: "z.jpg", size: 7, lastModified: TIME });
  });

  it.each([
    ["z.jpg", "z.jpg"],
    ["people/link.jpg", "people/link.jpg"],
    [encodeURIComponent("people/王芳/证件 照+100%.jpg"), "people/王芳/证件 照+100%.jpg"],
  ])("tells what is known of %j", async (asked, key) => {
    expect(await store().stat({ bucket: "photos", key: asked }, signal)).toEqual({ key, size: 7, etag: ETAG, lastModified: TIME });
  });

  it.each(["b.jpg", "z.jpg/a", "people", "people/"])("knows of no object %j", async (key) => {
    expect(await store().stat({ bucket: "photos", key }, signal)).toBeUndefined();
  });

  it("removes a file, once more does nothing, and leaves its folder", async () => {
    for (let i = 0; i < 2; i++) await store().remove({ bucket: "photos", key: "people/a/1.jpg" }, signal);
    expect(await readdir(path.join(root, "photos", "people", "a"))).not.toContain("1.jpg");
    expect(await keysOf(store().list("photos", "people/a/", signal))).toEqual([]);
  });

  it("removes a link, not the file it leads to", async () => {
    await store().remove({ bucket: "photos", key: "people/link.jpg" }, signal);
    expect(await readdir(path.join(root, "photos", "people"))).not.toContain("link.jpg");
    expect(await readFile(path.join(root, "photos", "people", "a.jpg"), "utf8")).toBe(TEXT);
  });

  it.each(["people", "people/nobody/1.jpg", "z%2Ejpg"])("removes nothing for %j", async (key) => {
    const before = await readdir(root, { recursive: true });
    await store().remove({ bucket: "photos", key }, signal);
    expect(await readdir(root, { recursive: true })).toEqual(before);
  });

  it.each(["../../outside/secret.jpg", "out/secret.jpg", "out.jpg", "people/../z.jpg", "/z.jpg", ""])("never removes %j", async (key) => {
    expect(await failureOf(store().remove({ bucket: "photos", key }, signal))).toBeInstanceOf(BadKey);
    expect(await readFile(path.join(base, "outside", "secret.jpg"), "utf8")).toBe(TEXT);
    expect((await readdir(path.join(root, "photos"))).sort()).toEqual(["out", "out.jpg", "people", "people2.jpg", "z.jpg"]);
  });

  it("says where the bucket is missing or the work was stopped", async () => {
    const stopped = AbortSignal.abort();
    for (const [bucket, stop, kind] of [["none", signal, BucketNotFound], ["..", signal, BucketNotFound], ["photos", stopped, DeadlinePassed]] as const) {
      expect(await failureOf(store().stat({ bucket, key: "z.jpg" }, stop))).toBeInstanceOf(kind);
      expect(await failureOf(keysOf(store().list(bucket, "", stop)))).toBeInstanceOf(kind);
      expect(await failureOf(store().remove({ bucket, key: "z.jpg" }, stop))).toBeInstanceOf(kind);
    }
  });

  it("does the same with paths", async () => {
    const paths = createPathStore();
    const file = path.join(root, "photos", "z.jpg");
    const key = { bucket: "", key: file };
    expect(await paths.stat(key, signal)).toEqual({ key: file, size: 7, etag: ETAG, lastModified: TIME });
    expect((await paths.read(key, { maxBytes: 100, signal, wanted: () => true })).lastModified).toEqual(TIME);
    expect(await keysOf(paths.list("", path.join(root, "photos", "people", "a"), signal))).toEqual(["a-b.jpg", "a.jpg", "a/1.jpg"].map((name) => path.join(root, "photos", "people", name)));
    for (let i = 0; i < 2; i++) await paths.remove(key, signal);
    expect(await paths.stat(key, signal)).toBeUndefined();
    expect(await failureOf(paths.remove({ bucket: "", key: root }, signal))).toBeInstanceOf(FileUnreadable);
    const wanted = { maxBytes: 100, signal, wanted: () => true };
    expect(await failureOf(paths.read({ bucket: "", key: path.join(root, "none.jpg") }, wanted))).toBeInstanceOf(ObjectNotFound);
    expect(await failureOf(paths.read({ bucket: "", key: path.join(root, "n".repeat(300)) }, wanted))).toBeInstanceOf(FileUnreadable);
  });
});
