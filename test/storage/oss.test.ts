import { AccessDenied, BadKey, BucketNotFound, CredentialsFailed, ObjectArchived, ObjectNotFound, ObjectTooLarge, StorageTimeout, StorageUnavailable } from "../../src/errors.js";
import { startOssServer } from "./oss-server.js";
import type { Fault, OssServer } from "./oss-server.js";
import { bytesOf, failureOf, KEY, readOptions, storeOf } from "./support.js";

const BUCKET = "photos";
const PHOTO = bytesOf("a photo", 100_000);
const ref = (key: string) => ({ bucket: BUCKET, key, region: "cn-hangzhou" });

describe("reading from OSS", () => {
  let server: OssServer;
  beforeEach(async () => {
    server = await startOssServer({ ...KEY, objects: { [`${BUCKET}/a.jpg`]: PHOTO } });
  });
  afterEach(() => server.close());

  it("gives the bytes, their eTag, size, key and user metadata", async () => {
    server.put(BUCKET, "dir/b.jpg", PHOTO, { author: "oss-faces", "taken-by": "Kim" });
    const store = storeOf(server);
    const object = await store.read(ref("dir/b.jpg"), readOptions());
    expect(Buffer.from(object.bytes).equals(PHOTO)).toBe(true);
    expect(object).toMatchObject({ complete: true, size: 100_000, key: "dir/b.jpg", userMeta: { author: "oss-faces", "taken-by": "Kim" } });
    expect(object.etag).toMatch(/^[0-9A-F]{32}$/);
    expect(object.bytes.buffer.byteLength).toBe(100_000); // its own: it can be transferred to a worker
  });

  it("uses one connection for reads one after the other, and closes it in the end", async () => {
    const store = storeOf(server);
    for (let i = 0; i < 5; i++) await store.read(ref("a.jpg"), readOptions());
    expect(server.connections).toBe(1);
    await store.close();
    await server.unconnected();
    expect(await failureOf(store.read(ref("a.jpg"), readOptions()))).toBeInstanceOf(StorageUnavailable);
  });

  it("reads many objects at a time", async () => {
    const store = storeOf(server);
    const keys = Array.from({ length: 30 }, (_, i) => `${i}.jpg`);
    for (const key of keys) server.put(BUCKET, key, bytesOf(key));
    const objects = await Promise.all(keys.map((key) => store.read(ref(key), readOptions())));
    expect(objects.map(({ bytes }) => Buffer.from(bytes).toString("latin1"))).toEqual(keys.map((key) => bytesOf(key).toString("latin1")));
    await store.close();
  });

  it("reads an empty object, and one of unknown length", async () => {
    server.put(BUCKET, "empty", Buffer.alloc(0));
    const store = storeOf(server);
    expect(await store.read(ref("empty"), readOptions())).toMatchObject({ complete: true, size: 0 });
    server.fault("a.jpg", "chunked");
    const object = await store.read(ref("a.jpg"), readOptions());
    expect(object.size).toBe(100_000);
    expect(Buffer.from(object.bytes).equals(PHOTO)).toBe(true);
    await store.close();
  });

  it.each([
    ["announced", undefined],
    ["unknown", "chunked"],
  ] satisfies [string, Fault | undefined][])("asks whether a tiny object is wanted with all its bytes, its length being %s", async (_, fault) => {
    server.put(BUCKET, "tiny", Buffer.from("GIF"));
    server.fault("tiny", fault);
    const store = storeOf(server);
    const heads: string[] = [];
    const wanted = (head: Uint8Array) => heads.push(Buffer.from(head).toString()) === 0;
    expect(await store.read(ref("tiny"), readOptions({ wanted }))).toMatchObject({ complete: false, size: 3 });
    expect(heads).toEqual(["GIF"]);
    await store.close();
  });

  it("speaks to a host of one label in path style, to an address by the Host header", async () => {
    for (const endpoint of [server.url, server.url.replace("127.0.0.1", "localhost")]) {
      const store = storeOf(server, { endpoint });
      expect((await store.read(ref("a.jpg"), readOptions())).size).toBe(100_000);
      await store.close();
    }
    expect(server.requests.map(({ host }) => host.replace(/:\d+/, ""))).toEqual(["photos.oss-cn-hangzhou.aliyuncs.com", "localhost"]);
  });

  const error = (status: number, code?: string): Fault => ({ status, code });
  const ONCE = [
    ["a 500", error(500, "InternalError")],
    ["a 503", error(503, "ServiceUnavailable")],
    ["a proxy's 502", error(502)],
    ["a reset connection", "reset"],
    ["no answer", "silent"],
    ["a body cut off at once", { cut: 0 }],
    ["a body cut off", { cut: 70_000 }],
    ["a body that stalls", { stall: 70_000 }],
    ["a Content-Length that is too large", { length: 100_001 }],
    ["a Content-Length that is too small", { length: 99_000 }],
  ] satisfies [string, Fault][];

  it.each(ONCE)("tries again after %s, without asking twice whether it is wanted", async (_, fault) => {
    server.fault("a.jpg", fault, undefined);
    const store = storeOf(server, { deadlines: { headers: 100, idle: 100 } });
    const heads: number[] = [];
    const wanted = (head: Uint8Array) => heads.push(head.length) > 0;
    const object = await store.read(ref("a.jpg"), readOptions({ wanted }));
    expect(Buffer.from(object.bytes).equals(PHOTO)).toBe(true);
    expect(server.requests.length).toBe(2);
    expect(heads.length).toBe(1);
    expect(heads[0]).toBeGreaterThanOrEqual(64);
    await store.close();
    await server.unconnected();
  });

  it("has patience with a body that comes slowly but does not stop", async () => {
    server.fault("a.jpg", { drip: 10_000 }); // half a second
    const store = storeOf(server, { deadlines: { headers: 300, idle: 300 } });
    expect((await store.read(ref("a.jpg"), readOptions())).complete).toBe(true);
    await store.close();
  });

  it.each([
    ["a 500", error(500, "InternalError"), StorageUnavailable, 3],
    ["a 503", error(503, "QpsLimitExceeded"), StorageUnavailable, 3],
    ["a proxy's 502", error(502), StorageUnavailable, 3],
    ["a reset connection", "reset", StorageUnavailable, 3],
    ["no answer", "silent", StorageTimeout, 3],
    ["a body cut off", { cut: 70_000 }, StorageUnavailable, 3],
    ["a body that stalls", { stall: 70_000 }, StorageTimeout, 3],
    ["a Content-Length that is too small", { length: 99_000 }, StorageUnavailable, 3],
    ["a 429", error(429, "TooManyRequests"), StorageUnavailable, 3],
    ["a proxy's 404", error(404), StorageUnavailable, 1],
    ["NoSuchKey", error(404, "NoSuchKey"), ObjectNotFound, 1],
    ["a link to nothing", error(404, "SymlinkTargetNotExist"), ObjectNotFound, 1],
    ["NoSuchBucket", error(404, "NoSuchBucket"), BucketNotFound, 1],
    ["InvalidBucketName", error(400, "InvalidBucketName"), BucketNotFound, 1],
    ["InvalidObjectName", error(400, "InvalidObjectName"), BadKey, 1],
    ["an archived object", error(403, "InvalidObjectState"), ObjectArchived, 1],
    ["AccessDenied", error(403, "AccessDenied"), AccessDenied, 1],
    ["an unpaid account", error(403, "UserDisable"), AccessDenied, 1],
    ["an unknown key", error(403, "InvalidAccessKeyId"), CredentialsFailed, 1],
    ["a bad signature", error(403, "SignatureDoesNotMatch"), CredentialsFailed, 1],
    ["a bad token", error(403, "InvalidSecurityToken"), CredentialsFailed, 1],
    ["a wrong clock", error(403, "RequestTimeTooSkewed"), StorageUnavailable, 2],
    ["an unknown 400", error(400, "SomethingNew"), StorageUnavailable, 1],
    ["a code named like a property of objects", error(400, "constructor"), StorageUnavailable, 1],
  ] satisfies [string, Fault, unknown, number][])("reports %s for what it is", async (_, fault, kind, tries) => {
    server.fault("a.jpg", fault);
    const store = storeOf(server, { deadlines: { headers: 60, idle: 60 } });
    const failure = await failureOf(store.read(ref("a.jpg"), readOptions()));
    expect(failure).toBeInstanceOf(kind);
    expect(failure.message).toContain("photos/a.jpg");
    if (typeof fault === "object" && "status" in fault) {
      expect(failure.message).toContain(("code" in fault && fault.code) || `HTTP ${fault.status}`);
      expect(failure.message).toMatch(/request id [0-9A-F]{24}/);
    }
    expect(server.requests.length).toBe(tries);
    await store.close();
    await server.unconnected();
  });

  it("reports a server that cannot be reached", async () => {
    await server.close();
    const failure = await failureOf(storeOf(server).read(ref("a.jpg"), readOptions()));
    expect(failure).toBeInstanceOf(StorageUnavailable);
    expect(failure.message).toContain("ECONNREFUSED");
  });

  it("tells a missing bucket from a missing object", async () => {
    const store = storeOf(server);
    expect(await failureOf(store.read({ ...ref("a.jpg"), bucket: "elsewhere" }, readOptions()))).toBeInstanceOf(BucketNotFound);
    expect(await failureOf(store.read(ref("b.jpg"), readOptions()))).toBeInstanceOf(ObjectNotFound);
    await store.close();
  });

  it.each([
    ["announced", undefined],
    ["found while reading", "chunked"],
  ] satisfies [string, Fault | undefined][])("refuses an object that is too large, %s, and leaves no connection", async (_, fault) => {
    server.fault("a.jpg", fault);
    const store = storeOf(server);
    const failure = await failureOf(store.read(ref("a.jpg"), readOptions({ maxBytes: 50_000 })));
    expect(failure).toBeInstanceOf(ObjectTooLarge);
    expect(failure.message).toMatch(/[0-9]{5,6} bytes.* 50000 bytes/);
    expect(server.requests.length).toBe(1);
    await server.unconnected();
    await store.close();
  });

  it("reads an object of exactly the limit", async () => {
    const store = storeOf(server);
    for (const fault of [undefined, "chunked"] as const) {
      server.fault("a.jpg", fault);
      expect((await store.read(ref("a.jpg"), readOptions({ maxBytes: 100_000 }))).complete).toBe(true);
    }
    await store.close();
  });

  it("ends the download of what is not wanted, and leaves no connection", async () => {
    server.put(BUCKET, "film.bin", bytesOf("film", 12_000_000));
    const store = storeOf(server);
    const object = await store.read(ref("film.bin"), readOptions({ wanted: (head) => head[0] === 0xff }));
    expect(object).toMatchObject({ complete: false, size: 12_000_000 });
    expect(object.bytes.length).toBeGreaterThanOrEqual(64);
    expect(object.bytes.length).toBeLessThan(1_000_000);
    expect(object.bytes.buffer.byteLength).toBe(object.bytes.length);
    await server.unconnected();
    await store.close();
  });

  it("passes on what the caller's own question throws", async () => {
    const defect = new Error("a defect");
    const store = storeOf(server);
    const wanted = () => {
      throw defect;
    };
    expect(await failureOf(store.read(ref("a.jpg"), readOptions({ wanted })))).toBe(defect);
    expect(server.requests.length).toBe(1);
    await server.unconnected();
    await store.close();
  });
});
