import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readConfig } from "../../src/config.js";
import { BucketNotAllowed, CredentialsFailed } from "../../src/errors.js";
import { storageSettings } from "../../src/parts.js";
import { createStore } from "../../src/storage/index.js";
import { startOssServer } from "./oss-server.js";
import { bytesOf, failureOf, KEY, readOptions } from "./support.js";

describe("choosing the object store", () => {
  it("reads from OSS with the keys of the settings", async () => {
    const server = await startOssServer({ ...KEY, objects: { "photos/a.jpg": bytesOf("a") } });
    const store = createStore({ storage: "oss", ...KEY, endpoint: server.url, region: "cn-hangzhou", env: {} });
    expect((await store.read({ bucket: "photos", key: "a.jpg" }, readOptions())).size).toBe(300);
    await store.close();
    await server.close();
  });

  it("reads from a folder, and only from the buckets that are allowed", async () => {
    const root = await mkdtemp(path.join(tmpdir(), "store-"));
    for (const bucket of ["photos", "private"]) {
      await mkdir(path.join(root, bucket));
      await writeFile(path.join(root, bucket, "a.jpg"), bytesOf("a"));
    }
    const store = createStore({ storage: root, buckets: ["photos"], env: {} });
    expect((await store.read({ bucket: "photos", key: "a.jpg" }, readOptions())).size).toBe(300);
    const ref = { bucket: "private", key: "a.jpg" };
    const { signal } = new AbortController();
    for (const act of [() => store.read(ref, readOptions()), () => store.stat(ref, signal), () => store.list("private", "", signal)[Symbol.asyncIterator]().next(), () => store.remove(ref, signal)]) {
      const failure = await failureOf(act());
      expect(failure).toBeInstanceOf(BucketNotAllowed);
      expect(failure.message).toContain("private");
    }
    for await (const { key } of store.list("photos", "", signal)) expect((await store.stat({ bucket: "photos", key }, signal))?.size).toBe(300);
    await store.remove({ bucket: "photos", key: "a.jpg" }, signal);
    expect(await store.stat({ bucket: "photos", key: "a.jpg" }, signal)).toBeUndefined();
    await store.close();
    await rm(root, { recursive: true });
  });

  it("reads from no bucket where the list of those that are allowed is empty, and from any where there is no list", async () => {
    const root = await mkdtemp(path.join(tmpdir(), "store-"));
    await mkdir(path.join(root, "photos"));
    await writeFile(path.join(root, "photos", "a.jpg"), bytesOf("a"));
    const read = (env: Record<string, string>) => createStore(storageSettings(readConfig({ STORAGE: root, ...env }))).read({ bucket: "photos", key: "a.jpg" }, readOptions());
    expect(await failureOf(read({ OSS_BUCKETS: "," }))).toBeInstanceOf(BucketNotAllowed);
    expect((await read({})).size).toBe(300);
    expect((await read({ OSS_BUCKETS: "" })).size).toBe(300); // as every setting that is empty
    await rm(root, { recursive: true });
  });

  it("misses credentials at the first read only: events that need none are displayed without", async () => {
    const store = createStore({ storage: "oss", region: "cn-hangzhou", env: {} });
    expect(await failureOf(store.read({ bucket: "photos", key: "a.jpg" }, readOptions()))).toBeInstanceOf(CredentialsFailed);
    await store.close();
  });
});
