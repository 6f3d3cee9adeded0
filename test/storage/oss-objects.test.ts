import { createHash } from "node:crypto";
import { AccessDenied, BadKey, BucketNotFound, CredentialsFailed, DeadlinePassed, ObjectArchived, StorageTimeout, StorageUnavailable } from "../../src/errors.js";
import type { ObjectStat, ObjectStore } from "../../src/storage/object-store.js";
import { type Fault, type OssServer, startOssServer } from "./oss-server.js";
import { bytesOf, everythingIn, failureOf, KEY, storeOf } from "./support.js";

const BUCKET = "photos";
const PHOTO = bytesOf("a photo", 1000);
const ETAG = createHash("md5").update(PHOTO).digest("hex").toUpperCase();
const ref = (key: string) => ({ bucket: BUCKET, key, region: "cn-hangzhou" });
const signal = new AbortController().signal;
/** Keys as people name their photos, in the order of their bytes; U+FF5E comes before U+1F600, though not in UTF-16. */
const KEYS = ["people/100%/a+b c&d=e?.jpg", "people/O'Neil (Jr)/a'b*!.jpg", "people/a\u0001b/\u001f.jpg", "people/a%20b/1.jpg", "people/王芳/证件 照.jpg", "people/～/a.jpg", "people/😀/a.jpg"];

async function keysOf(list: AsyncIterable<ObjectStat>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of list) keys.push(key);
  return keys;
}

describe("objects of OSS, without their bytes", () => {
  let server: OssServer;
  let store: ObjectStore;
  const started = Date.now();
  beforeEach(async () => {
    server = await startOssServer({ ...KEY, pageSize: 3, objects: { [`${BUCKET}/a.jpg`]: PHOTO } });
    store = storeOf(server, { deadlines: { headers: 200, idle: 200 } });
  });
  afterEach(async () => {
    await store.close();
    await server.unconnected();
    await server.close();
  });

  it("tells size, eTag and time of an object", async () => {
    const found = await store.stat(ref("a.jpg"), signal);
    expect(found).toEqual({ key: "a.jpg", size: 1000, etag: ETAG, lastModified: expect.any(Date) as Date });
    expect(Math.abs(found!.lastModified.getTime() - started)).toBeLessThan(60_000);
    expect(server.requests.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  it("reads tell the time as well", async () => {
    const object = await store.read(ref("a.jpg"), { maxBytes: 1e6, signal, wanted: () => true });
    expect(object.lastModified).toEqual((await store.stat(ref("a.jpg"), signal))?.lastModified);
  });

  it("knows of no object that is not there, and of the decoded one where only that is", async () => {
    server.put(BUCKET, "王 芳.jpg", PHOTO);
    expect(await store.stat(ref("b.jpg"), signal)).toBeUndefined();
    expect((await store.stat(ref(encodeURIComponent("王 芳.jpg")), signal))?.key).toBe("王 芳.jpg");
  });

  it("lists every key as it is, in order, over several parts", async () => {
    for (const key of [...KEYS].reverse()) server.put(BUCKET, key, PHOTO);
    server.put(BUCKET, "people2/a.jpg", PHOTO);
    server.put("photos2", "people/a.jpg", PHOTO);
    expect(await keysOf(store.list(BUCKET, "people/", signal))).toEqual(KEYS);
    expect(server.requests.map(({ method, key, status }) => [method, key, status])).toEqual(Array(3).fill(["GET", "", 200]));
    expect(await keysOf(store.list(BUCKET, "", signal))).toEqual(["a.jpg", ...KEYS, "people2/a.jpg"]);
    expect(await keysOf(store.list(BUCKET, "people/a\u0001", signal))).toEqual([KEYS[2]]);
  });

  it("lists what stat tells", async () => {
    for await (const object of store.list(BUCKET, "a", signal)) expect(object).toEqual(await store.stat(ref("a.jpg"), signal));
  });

  it("lists nothing where nothing is", async () => {
    expect(await keysOf(store.list(BUCKET, "people/", signal))).toEqual([]);
  });

  it("asks for no further part where the list is left", async () => {
    for (const key of KEYS) server.put(BUCKET, key, PHOTO);
    for await (const _ of store.list(BUCKET, "people/", signal)) break;
    expect(server.requests.length).toBe(1);
  });

  it("removes an object, and once more does nothing", async () => {
    const [key] = KEYS as [string];
    server.put(BUCKET, key, PHOTO);
    for (let i = 0; i < 2; i++) await store.remove(ref(key), signal);
    expect(server.names()).toEqual(["photos/a.jpg"]);
    expect(server.requests.map(({ method, status }) => [method, status])).toEqual(Array(2).fill(["DELETE", 204]));
  });

  it("removes no other object than the one named", async () => {
    server.put(BUCKET, "b c.jpg", PHOTO);
    await store.remove(ref("b%20c.jpg"), signal);
    expect(server.names()).toContain("photos/b c.jpg");
  });

  const work: [string, string, (store: ObjectStore, bucket: string) => Promise<unknown>][] = [
    ["oss:GetObject", "a.jpg", (store, bucket) => store.stat({ ...ref("a.jpg"), bucket }, signal)],
    ["oss:ListObjects", "", (store, bucket) => keysOf(store.list(bucket, "", signal))],
    ["oss:DeleteObject", "a.jpg", (store, bucket) => store.remove({ ...ref("a.jpg"), bucket }, signal)],
  ];

  describe.each(work)("where %s is needed", (permission, key, act) => {
    const error = (status: number, code?: string): Fault => ({ status, code });

    it.each([
      ["the bucket is missing", undefined, "elsewhere", BucketNotFound, 1],
      ["the bucket's name is none", undefined, "evil.com/x", BucketNotFound, 0],
      ["access is denied", error(403, "AccessDenied"), BUCKET, AccessDenied, 1],
      ["the object is archived", error(403, "InvalidObjectState"), BUCKET, ObjectArchived, 1],
      ["the key is unknown", error(403, "InvalidAccessKeyId"), BUCKET, CredentialsFailed, 1],
      ["OSS is throttling", error(503, "ServiceUnavailable"), BUCKET, StorageUnavailable, 3],
      ["a proxy answers", error(502), BUCKET, StorageUnavailable, 3],
      ["a proxy knows nothing of it", error(404), BUCKET, StorageUnavailable, 1],
      ["the connection is reset", "reset", BUCKET, StorageUnavailable, 3],
      ["no answer comes", "silent", BUCKET, StorageTimeout, 3],
    ] satisfies [string, Fault | undefined, string, unknown, number][])("says so where %s", async (_, fault, bucket, kind, requests) => {
      server.fault(key, fault);
      const failure = await failureOf(act(store, bucket));
      expect(failure).toBeInstanceOf(kind);
      expect(server.requests.length).toBe(requests);
      if (kind === AccessDenied) expect(failure.message).toContain(permission);
      expect(everythingIn(failure)).not.toMatch(new RegExp(`${KEY.accessKeyId}|${KEY.accessKeySecret}|[0-9a-f]{64}`));
    });

    it("tries again what passes", async () => {
      server.fault(key, error(503, "ServiceUnavailable"), "reset", undefined);
      await act(store, BUCKET);
      expect(server.requests.map(({ status }) => status)).toEqual([503, 0, key === "a.jpg" && permission === "oss:DeleteObject" ? 204 : 200]);
    });

    it("gets fresh credentials where they expired", async () => {
      let asked = 0;
      const renewing = storeOf(server, { credentials: () => Promise.resolve(asked++ === 0 ? { ...KEY, accessKeyId: "LTAI5tOld" } : KEY) });
      await act(renewing, BUCKET);
      expect(asked).toBe(2);
      await renewing.close();
    });
  });

  it("takes nothing for an empty list that is none of OSS's", async () => {
    for (const page of ["<html><body>welcome</body></html>", "", "<ListBucketResult><IsTruncated>true</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>", "<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>1</KeyCount></ListBucketResult>"]) {
      server.fault("", { page });
      expect(await failureOf(keysOf(store.list(BUCKET, "", signal)))).toBeInstanceOf(StorageUnavailable);
    }
  });

  it("says so where a part of the list is cut or fails for good", async () => {
    for (const key of KEYS) server.put(BUCKET, key, PHOTO);
    for (const fault of [{ cut: 200 }, { stall: 200 }, error500] satisfies Fault[]) {
      server.fault("", undefined, fault);
      expect(await failureOf(keysOf(store.list(BUCKET, "people/", signal)))).toMatchObject({ retry: true });
    }
  });
  const error500: Fault = { status: 500, code: "InternalError" };

  it("stops with the signal", async () => {
    server.fault("a.jpg", "silent");
    server.fault("", "silent");
    const patient = storeOf(server, { deadlines: { headers: 60_000, idle: 60_000 } });
    for (const act of [(stop: AbortSignal) => patient.stat(ref("a.jpg"), stop), (stop: AbortSignal) => keysOf(patient.list(BUCKET, "", stop)), (stop: AbortSignal) => patient.remove(ref("a.jpg"), stop)]) {
      expect(await failureOf(act(AbortSignal.timeout(20)))).toBeInstanceOf(DeadlinePassed);
    }
    await patient.close();
  });

  it("refuses keys that would become another object's", async () => {
    for (const key of ["../b.jpg", "/b.jpg", ""]) {
      expect(await failureOf(store.stat(ref(key), signal))).toBeInstanceOf(BadKey);
      expect(await failureOf(store.remove(ref(key), signal))).toBeInstanceOf(BadKey);
    }
    expect(server.requests.length).toBe(0);
  });
});
