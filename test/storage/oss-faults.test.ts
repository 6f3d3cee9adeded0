import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DeadlinePassed, StorageUnavailable } from "../../src/errors.js";
import { startOssServer } from "./oss-server.js";
import type { Fault, OssServer } from "./oss-server.js";
import { bytesOf, failureOf, KEY, readOptions, storeOf } from "./support.js";

const PHOTO = bytesOf("a photo", 100_000);
const ref = { bucket: "photos", key: "a.jpg", region: "cn-hangzhou" };
const { signal } = new AbortController();

describe("faults between OSS and us", () => {
  let server: OssServer;
  beforeEach(async () => {
    server = await startOssServer({ ...KEY, objects: { "photos/a.jpg": PHOTO } });
  });
  afterEach(() => server.close());
  const same = (bytes: Uint8Array) => Buffer.from(bytes).equals(PHOTO);

  const busy = (status: number, code: string, headers?: Record<string, string>): Fault => ({ status, code, extra: { EC: "0048-00000113" }, headers });

  it("a page with status 200 that is not OSS's is trouble, not an object that is no picture", async () => {
    let asked = 0;
    const portal = createServer((_, response) => {
      asked++;
      response.writeHead(200, { "content-type": "text/html" }).end("<html>Log in</html>");
    }).listen(0, "127.0.0.1");
    await once(portal, "listening");
    const store = storeOf(server, { endpoint: `http://127.0.0.1:${(portal.address() as AddressInfo).port}` });
    const failure = await failureOf(store.read(ref, readOptions({ wanted: () => false })));
    expect([failure, failure.message, asked]).toEqual([expect.any(StorageUnavailable), expect.stringContaining("not OSS"), 3]);
    await store.close();
    portal.close();
  });

  it.each([
    ["QpsLimitExceeded", 503],
    ["TotalQpsLimitExceeded", 503],
    ["DownloadTrafficRateLimitExceeded", 503],
    ["ServiceBusy", 503],
    ["InternalError", 500],
    ["TooManyRequests", 429],
    ["RequestTimeout", 400],
  ])("%s passes: it is tried again, and the failure names OSS's finer code", async (code, status) => {
    const store = storeOf(server);
    server.fault("a.jpg", busy(status, code), busy(status, code), undefined);
    expect(same((await store.read(ref, readOptions())).bytes)).toBe(true);
    server.fault("a.jpg", busy(status, code));
    const failure = await failureOf(store.read(ref, readOptions()));
    expect(failure).toBeInstanceOf(StorageUnavailable);
    expect(failure.message).toMatch(new RegExp(`^photos/a\\.jpg: ${code} \\(.*\\), EC 0048-00000113, request id `));
    expect(server.requests.length).toBe(6);
    await store.close();
  });

  it.each([
    ["the header x-oss-ec, where there is no document", { status: 503, headers: { "x-oss-ec": "0048-00000114" } }, ", EC 0048-00000114"],
    ["nothing that could be anything else", { status: 503, headers: { "x-oss-ec": "a b<script>" } }, "HTTP 503 (not in OSS's words), request id"],
  ] satisfies [string, Fault, string][])("the finer code comes from %s", async (_, fault, words) => {
    const store = storeOf(server);
    server.fault("a.jpg", fault);
    expect((await failureOf(store.read(ref, readOptions()))).message).toContain(words);
    await store.close();
  });

  it.each([
    ["seconds", () => "1"],
    ["a date", () => new Date(Date.now() + 2_000).toUTCString()],
  ])("waits for as long as OSS asks: Retry-After as %s", async (_, retryAfter) => {
    const store = storeOf(server);
    server.fault("a.jpg", busy(503, "ServiceBusy", { "retry-after": retryAfter() }), undefined);
    const began = performance.now();
    await store.read(ref, readOptions());
    expect(performance.now() - began).toBeGreaterThan(900);
    expect(server.requests.length).toBe(2);
    await store.close();
  });

  it("gives up at once where OSS asks for more than a photo can wait", async () => {
    const store = storeOf(server);
    server.fault("a.jpg", busy(503, "ServiceBusy", { "retry-after": "60" }));
    const failure = await failureOf(store.read(ref, readOptions()));
    expect(failure).toBeInstanceOf(StorageUnavailable);
    expect(failure.message).toContain("to be left alone for 60 s");
    expect(server.requests.length).toBe(1);
    await store.close();
  });

  it("never waits beyond the deadline", async () => {
    const store = storeOf(server);
    server.fault("a.jpg", busy(503, "ServiceBusy", { "retry-after": "4" }));
    expect(await failureOf(store.read(ref, readOptions({ signal: AbortSignal.timeout(60) })))).toBeInstanceOf(DeadlinePassed);
    await store.close();
  });

  it.each([
    ["before the answer", "reset"],
    ["in the status line", { head: 5 }],
    ["in the headers", { head: 40 }],
    ["at the body's beginning", { cut: 0 }],
    ["before the body's last byte", { cut: 99_999 }],
    ["nowhere, but the body stalls before its last byte", { stall: 99_999 }],
    ["nowhere, but a byte more is announced", { length: 100_001 }],
    ["nowhere, but a byte less is announced", { length: 99_999 }],
    ["nowhere, but the bytes are not those that Content-MD5 tells", { md5: "XrY7u+Ae7tCTyyK7j1rNww==" }],
  ] satisfies [string, Fault][])("a connection that ends %s: tried again, three times at most", async (_, fault) => {
    const store = storeOf(server, { deadlines: { headers: 100, idle: 100 } });
    server.fault("a.jpg", fault, fault, undefined);
    expect(same((await store.read(ref, readOptions())).bytes)).toBe(true);
    expect(server.requests.length).toBe(3);
    await store.close();
    const other = storeOf(server, { deadlines: { headers: 100, idle: 100 } }); // with no connection that was used before
    server.fault("a.jpg", fault);
    expect((await failureOf(other.read(ref, readOptions()))).retry).toBe(true);
    expect(server.requests.length).toBe(6);
    await other.close();
  });

  it("a body that drips is read until the deadline, and no connection stays", async () => {
    server.fault("a.jpg", { drip: 100 }); // 50 s
    const store = storeOf(server, { deadlines: { headers: 1000, idle: 1000 } });
    expect(await failureOf(store.read(ref, readOptions({ signal: AbortSignal.timeout(200) })))).toBeInstanceOf(DeadlinePassed);
    await server.unconnected();
    expect(server.requests.length).toBe(1);
    await store.close();
  });

  it("connections that the server closed between requests cost no photo and no try, however many there are", async () => {
    const store = storeOf(server, { backoff: 60_000 });
    await Promise.all(Array.from({ length: 8 }, () => store.read(ref, readOptions())));
    expect(server.connections).toBe(8);
    server.fault("a.jpg", "stale");
    const objects = await Promise.all(Array.from({ length: 8 }, () => store.read(ref, readOptions())));
    expect(objects.every(({ bytes }) => same(bytes))).toBe(true);
    expect((await store.stat(ref, signal))?.size).toBe(100_000);
    await store.close();
  });

  describe("a bucket of another region", () => {
    const ELSEWHERE = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";
    it.each([
      ["by status and header", { status: 301, code: "PermanentRedirect", headers: { location: "http://photos.oss-cn-beijing.aliyuncs.com/a.jpg" } }, "another region, oss-cn-beijing: set OSS_REGION"],
      ["for a while", { status: 307, code: "TemporaryRedirect", extra: { Endpoint: "oss-cn-shanghai-internal.aliyuncs.com" } }, "another region, oss-cn-shanghai: set OSS_REGION"],
      ["as a denial", { status: 403, code: "AccessDenied", message: ELSEWHERE, extra: { Endpoint: "oss-cn-beijing.aliyuncs.com" } }, "another region, oss-cn-beijing: set OSS_REGION"],
      ["to a host that is no region's", { status: 301, code: "PermanentRedirect", headers: { location: "http://127.0.0.1/a.jpg" } }, "another region: set OSS_REGION"],
      ["to what only looks like one", { status: 301, code: "PermanentRedirect", extra: { Endpoint: "oss-cn-beijing.aliyuncs.com.evil.example" } }, "another region: set OSS_REGION"],
      ["by a page", { status: 302, headers: { location: "http://127.0.0.1/login" } }, "another region: set OSS_REGION"],
      ["by what is signed", { status: 400, code: "InvalidArgument" }, "another region: set OSS_REGION"],
    ] satisfies [string, Fault, string][])("is named, and no redirection followed: %s", async (_, fault, words) => {
      const store = storeOf(server);
      server.fault("a.jpg", fault);
      const failure = await failureOf(store.read(ref, readOptions()));
      expect(failure).toBeInstanceOf(StorageUnavailable);
      expect(failure.message).toContain(words);
      expect(failure.message).toContain("the event names cn-hangzhou");
      expect(failure.message).not.toContain("evil");
      expect(server.requests.length).toBe(1);
      await store.close();
    });
  });

  describe("an object that is overwritten", () => {
    const OTHER = bytesOf("another photo", 80_000);
    it("between two tries gives one version with its own eTag, and asks again whether that is wanted", async () => {
      const store = storeOf(server);
      server.fault("a.jpg", { cut: 70_000 }, undefined);
      const heads: string[] = [];
      const wanted = (head: Uint8Array) => {
        heads.push(Buffer.from(head.subarray(0, 10)).toString());
        server.put("photos", "a.jpg", OTHER);
        return true;
      };
      const object = await store.read(ref, readOptions({ wanted }));
      expect(Buffer.from(object.bytes).equals(OTHER)).toBe(true);
      expect(object.etag).toBe((await store.stat(ref, signal))?.etag);
      expect(heads).toEqual(["a photo|a ", "another ph"]);
      await store.close();
    });

    it("while it arrives gives the version that was begun", async () => {
      const store = storeOf(server);
      const { etag } = (await store.stat(ref, signal))!;
      server.fault("a.jpg", { drip: 40_000 });
      const wanted = () => {
        server.put("photos", "a.jpg", OTHER);
        return true;
      };
      const object = await store.read(ref, readOptions({ wanted }));
      expect(same(object.bytes)).toBe(true);
      expect(object.etag).toBe(etag);
      await store.close();
    });
  });
});
