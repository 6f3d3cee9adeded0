import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { BadKey, BucketNotFound, type Failure, StorageUnavailable } from "../../src/errors.js";
import { createStore } from "../../src/storage/index.js";
import type { ObjectStore } from "../../src/storage/object-store.js";
import { startOssRelay } from "../../src/storage/oss-relay.js";
import { type OssServer, startOssServer } from "./oss-server.js";
import { bytesOf, failureOf, KEY, readOptions, storeOf } from "./support.js";

const { signal } = new AbortController();

/** Everything that a store does. */
const ACTS: [string, (store: ObjectStore, ref: { bucket: string; key: string; region?: string }) => Promise<unknown>][] = [
  ["read", (store, ref) => store.read(ref, readOptions())],
  ["look-up", (store, ref) => store.stat(ref, signal)],
  ["list", (store, { bucket, key }) => store.list(bucket, key, signal)[Symbol.asyncIterator]().next()],
  ["removal", (store, ref) => store.remove(ref, signal)],
];

/** No region, but as good a bucket as any. */
const BUCKETS = ["localhost", "constructor", "0x7f000001", "oss-oss-cn-hangzhou", "cn--hangzhou"];

const HOSTILE = [
  ...BUCKETS,
  "cn-hangzhou.evil.com#", "cn-hangzhou.evil.com", "cn-hangzhou#", "cn-hangzhou@evil.com", "evil.com/", "evil.com?", "evil.com:443", "169.254.169.254", "100.100.100.200",
  "127.0.0.1", "[::1]", "..", "%2e%2e", "cn-hangzhou%2eevil%2ecom", "cn-hangzhou。evil。com", "cn-hangzhou․evil", "ⓒⓝ-hangzhou", "cn-hangzhou\r\nHost: evil.com",
  "cn-hangzhou\0", "cn-hangzhou ", " cn-hangzhou", "CN-HANGZHOU", "cn-", "-", "", "cn-hangzhou\\evil.com", "x".repeat(300), "__proto__",
];

describe("an event cannot choose whom we talk to", () => {
  let server: OssServer;
  /** Connections that this process began. */
  let begun = 0;
  const count = () => void begun++;
  beforeAll(async () => {
    server = await startOssServer({ ...KEY, objects: { "photos/a.jpg": bytesOf("a") } });
    subscribe("net.client.socket", count);
  });
  afterAll(() => {
    unsubscribe("net.client.socket", count);
    return server.close();
  });
  beforeEach(() => void (begun = 0));

  it("connections are counted", async () => {
    const store = storeOf(server);
    await store.read({ bucket: "photos", key: "a.jpg" }, readOptions());
    await store.close();
    expect(begun).toBe(1);
  });

  it.each(HOSTILE)("by the region %j: nobody is asked", async (region) => {
    const store = createStore({ storage: "oss", ...KEY, env: {} });
    for (const [, act] of ACTS) {
      const failure: Failure = await failureOf(act(store, { bucket: "photos", key: "a.jpg", region }));
      expect(failure).toBeInstanceOf(BucketNotFound);
      expect(failure.message).toContain("OSS_REGION");
    }
    await store.close();
    expect(begun).toBe(0);
  });

  it.each(HOSTILE)("by the region %j where OSS_ENDPOINT is set: it alone is asked, as if the event named none", async (region) => {
    const store = storeOf(server);
    expect((await store.read({ bucket: "photos", key: "a.jpg", region }, readOptions())).size).toBe(300);
    expect(server.requests.at(-1)).toMatchObject({ status: 200, host: "photos.oss-cn-hangzhou.aliyuncs.com" });
    await store.close();
    expect(begun).toBe(1);
  });

  it.each(HOSTILE.filter((name) => !BUCKETS.includes(name)))("by the bucket %j: nobody is asked", async (bucket) => {
    for (const store of [storeOf(server), createStore({ storage: "oss", ...KEY, region: "cn-hangzhou", env: {} })]) {
      for (const [, act] of ACTS) expect(await failureOf(act(store, { bucket, key: "a.jpg" }))).toBeInstanceOf(BucketNotFound);
      await store.close();
    }
    expect(begun).toBe(0);
  });

  it.each(BUCKETS)("the bucket %j is only a bucket", async (bucket) => {
    const store = storeOf(server);
    expect(await failureOf(store.read({ bucket, key: "a.jpg" }, readOptions()))).toBeInstanceOf(BucketNotFound);
    expect(server.requests.at(-1)?.host).toBe(`${bucket}.oss-cn-hangzhou.aliyuncs.com`);
    await store.close();
  });

  it.each(["oss://evil.com#/g", "oss://UPPER/g", "oss://a/g", "oss://x@evil.com/g"])("a relay for a gallery at %s asks nobody", async (location) => {
    const relay = await startOssRelay(location, { endpoint: server.url, region: "cn-hangzhou", credentials: () => Promise.resolve(KEY) });
    const { oss_endpoint: url, oss_access_key_id: key } = relay.storageOptions;
    const bucket = encodeURIComponent(location.slice("oss://".length).split("/")[0]);
    const asked = server.requests.length;
    const { status } = await fetch(`${url}/${bucket}/g/a`, { headers: { authorization: `OSS ${key}:c2ln` } });
    expect([403, 503]).toContain(status);
    expect(server.requests.length).toBe(asked);
    await relay.close();
  });

  it.each(["a\0.jpg", "\0", "\ud800.jpg", "a\udc00", "../a.jpg", "a/../../photos2/a", "./a", "/a.jpg", "x".repeat(1024), ""])("the key %j is refused before anything is sent", async (key) => {
    const store = storeOf(server);
    for (const [name, act] of ACTS.filter(([name]) => name !== "list")) expect([name, await failureOf(act(store, { bucket: "photos", key }))]).toEqual([name, expect.any(BadKey)]);
    await store.close();
    expect(begun).toBe(0);
  });

  it.each([
    "a.jpg HTTP/1.1\r\nHost: evil.example\r\nx-oss-copy-source: /secret/b",
    "a.jpg\r\n\r\nGET /secret HTTP/1.1",
    "?acl",
    "a.jpg?versionId=1#x",
    "%2e%2e/%2e%2e/secret",
    "a.jpg%00.png",
    "\u2028\u0085",
    "x-oss-meta-a:b\ntype.\r\nx: y.html",
  ])("the key %j stays a key", async (key) => {
    server.put("photos", key, bytesOf("as it is"));
    const store = storeOf(server);
    for (const [name, act] of ACTS) {
      await act(store, { bucket: "photos", key });
      const { bucket, key: asked, status, host, headers } = server.requests.at(-1)!;
      expect([name, bucket, asked, host]).toEqual([name, "photos", name === "list" ? "" : key, "photos.oss-cn-hangzhou.aliyuncs.com"]);
      expect(status).toBeLessThan(300);
      expect(Object.keys(headers).filter((header) => /meta|copy|^x$/.test(header))).toEqual([]);
    }
    await store.close();
  });

  it("an endpoint that is none is the operator's mistake, not an event's", async () => {
    const store = createStore({ storage: "oss", ...KEY, endpoint: "http://", region: "cn-hangzhou", env: {} });
    expect(await failureOf(store.read({ bucket: "photos", key: "a.jpg" }, readOptions()))).toBeInstanceOf(StorageUnavailable);
    expect(begun).toBe(0);
  });
});
