import { once } from "node:events";
import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { StorageUnavailable } from "../../src/errors.js";
import { cleaned, OssFault, skewIn } from "../../src/storage/oss-fault.js";
import { createTries } from "../../src/storage/oss-tries.js";
import { startOssRelay } from "../../src/storage/oss-relay.js";
import type { ObjectStore } from "../../src/storage/object-store.js";
import { type OssServer, startOssServer } from "./oss-server.js";
import { bytesOf, failureOf, KEY, readOptions, storeOf } from "./support.js";

const HOUR = 3_600_000;
const ref = { bucket: "photos", key: "a.jpg" };
const { signal } = new AbortController();

describe("OSS's clock", () => {
  let ahead: number;
  let server: OssServer;
  let store: ObjectStore;
  beforeEach(async () => {
    ahead = 0;
    server = await startOssServer({ ...KEY, objects: { "photos/a.jpg": bytesOf("a"), "photos/b/c.jpg": bytesOf("c") }, now: () => Date.now() + ahead });
    store = storeOf(server);
  });
  afterEach(() => Promise.all([store.close(), server.close()]));

  const REQUESTS: [string, () => Promise<unknown>][] = [
    ["a read", () => store.read(ref, readOptions())],
    ["a look-up", () => store.stat(ref, signal)],
    ["a list", () => store.list("photos", "", signal)[Symbol.asyncIterator]().next()],
    ["a removal", () => store.remove({ ...ref, key: "b/c.jpg" }, signal)],
  ];

  it.each([3 * HOUR, -3 * HOUR, 40 * 24 * HOUR])("%i ms ahead: the first request costs one more, the later ones none, whatever they are", async (difference) => {
    ahead = difference;
    for (const [, act] of REQUESTS) await act();
    expect(server.requests.map(({ status }) => status)).toEqual([403, 200, 200, 200, 204]);
  });

  it.each(REQUESTS)("is learnt by %s, too", async (_, act) => {
    ahead = 3 * HOUR;
    await act();
    expect(server.requests.length).toBe(2);
    await store.stat(ref, signal);
    expect(server.requests.length).toBe(3);
  });

  it("is learnt again where it, or this one, is put right later", async () => {
    ahead = 3 * HOUR;
    await store.read(ref, readOptions());
    ahead = 0;
    await store.read(ref, readOptions());
    await store.read(ref, readOptions());
    expect(server.requests.map(({ status }) => status)).toEqual([403, 200, 403, 200, 200]);
  });

  it("costs each of the reads that were begun together one more", async () => {
    ahead = -3 * HOUR;
    await Promise.all(Array.from({ length: 5 }, () => store.read(ref, readOptions())));
    expect(server.requests.length).toBe(10);
  });

  it.each([
    ["is wrong in the header and right in the document", { date: new Date(0).toUTCString() }, 0, 2],
    ["is right in the header alone", {}, undefined, 2],
  ])("helps where it %s", async (_, headers, document, requests) => {
    ahead = 3 * HOUR;
    const extra: Record<string, string> = document === undefined ? {} : { ServerTime: new Date(Date.now() + ahead + document).toISOString() };
    server.fault("a.jpg", { status: 403, code: "RequestTimeTooSkewed", headers, extra }, undefined);
    await store.read(ref, readOptions());
    expect(server.requests.length).toBe(requests);
  });

  it.each([
    ["goes on being refused", undefined],
    ["is told as no time", { date: "soon" }],
  ])("is a failure with a hint where it %s", async (_, headers) => {
    server.fault("a.jpg", { status: 403, code: "RequestTimeTooSkewed", ...(headers && { headers }) });
    const failure = await failureOf(store.read(ref, readOptions()));
    expect(failure).toBeInstanceOf(StorageUnavailable);
    expect(failure.message).toMatch(/RequestTimeTooSkewed .*: is this machine's clock right\?/);
    expect(server.requests.length).toBe(headers ? 1 : 2);
  });

  it.each([
    ["+275760-09-13T00:00:00.000Z", "-271821-04-20T00:00:00.000Z"],
    ["2100-01-02T00:00:00.000Z", "1970-01-01T00:00:00.000Z"],
  ])("is not believed where it cannot be: %s, %s", async (...times) => {
    for (const time of times) {
      for (const told of [{ extra: { ServerTime: time }, headers: { date: time } }, { headers: { date: time } }]) {
        server.fault("a.jpg", { status: 403, code: "RequestTimeTooSkewed", ...told }, undefined);
        expect(await failureOf(store.read(ref, readOptions()))).toBeInstanceOf(StorageUnavailable);
        await store.read(ref, readOptions());
      }
    }
    expect(server.requests.map(({ status }) => status)).toEqual([403, 200, 403, 200, 403, 200, 403, 200]);
  });

  it("is believed by a machine whose own clock begins in 1970", () => {
    const now = jest.spyOn(Date, "now").mockReturnValue(1000);
    try {
      expect(skewIn(cleaned({ code: "RequestTimeTooSkewed" }, { headers: { date: "Mon, 01 Jan 2029 00:00:00 GMT" } }))).toBe(Date.UTC(2029) - 1000);
    } finally {
      now.mockRestore();
    }
  });

  it("is forgotten where nothing can be signed with it", async () => {
    const tries = createTries(() => Promise.resolve(KEY), 1, () => false);
    const skews: number[] = [];
    const serverTime = Date.now() + 3 * HOUR;
    const outcomes = [new OssFault("too skewed", 403, "RequestTimeTooSkewed", { serverTime }), undefined, new OssFault("Invalid date"), undefined];
    const once = ({ skew }: { skew: number }) => {
      skews.push(Math.round(skew / HOUR));
      const fault = outcomes.shift();
      return fault ? Promise.reject(fault) : Promise.resolve();
    };
    const request = { ref, signal, permission: "oss:GetObject", work: "read" } as const;
    await tries(request, once);
    await tries(request, once);
    expect(skews).toEqual([0, 3, 3, 0]);
  });

  it("is learnt by the relay for the gallery, from what it cannot send again, too", async () => {
    ahead = 3 * HOUR;
    const relay = await startOssRelay("oss://photos/b", { endpoint: server.url, region: "cn-hangzhou", credentials: () => Promise.resolve(KEY), backoff: 1 });
    const { oss_endpoint: url, oss_access_key_id: key } = relay.storageOptions;
    const ask = async (method: string, body?: Uint8Array) => {
      const sent = request(`${url}/photos/b/c.jpg`, { method, agent: false, headers: { authorization: `OSS ${key}:c2ln`, ...(body && { "content-length": body.length }) } }).end(body);
      const [response] = (await once(sent, "response")) as [{ statusCode: number } & NodeJS.ReadableStream];
      await buffer(response);
      return response.statusCode;
    };
    expect(await ask("PUT", new Uint8Array(2 ** 20 + 1))).toBe(403);
    expect(await ask("GET")).toBe(200);
    expect(await ask("GET")).toBe(200);
    expect(server.requests.map(({ status }) => status)).toEqual([403, 200, 200]);
    await relay.close();
  });
});
