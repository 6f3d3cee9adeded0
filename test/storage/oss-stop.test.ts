import { DeadlinePassed, Draining } from "../../src/errors.js";
import { startOssServer } from "./oss-server.js";
import type { Fault, OssServer } from "./oss-server.js";
import { bytesOf, failureOf, KEY, readOptions, storeOf } from "./support.js";

const ref = { bucket: "photos", key: "a.jpg", region: "cn-hangzhou" };

describe("stopping a read", () => {
  let server: OssServer;
  beforeAll(async () => {
    server = await startOssServer({ ...KEY, objects: { "photos/a.jpg": bytesOf("a", 100_000) } });
  });
  afterAll(() => server.close());

  it.each([
    ["before an answer", "silent", "closed"],
    ["in the body", { stall: 50_000 }, "closed"],
    ["between two tries", { status: 500, code: "InternalError" }, "kept"],
  ] satisfies [string, Fault, string][])("ends it at once %s", async (_, fault, connection) => {
    server.fault("a.jpg", fault);
    const store = storeOf(server, { deadlines: { headers: 60_000, idle: 60_000 }, backoff: 60_000 });
    const failure = await failureOf(store.read(ref, readOptions({ signal: AbortSignal.timeout(80) })));
    expect(failure).toBeInstanceOf(DeadlinePassed);
    expect(failure.message).toContain("photos/a.jpg");
    if (connection === "closed") await server.unconnected();
    await store.close();
    await server.unconnected();
  });

  it("ends it while credentials are waited for", async () => {
    const store = storeOf(server, { credentials: () => new Promise(() => {}) });
    expect(await failureOf(store.read(ref, readOptions({ signal: AbortSignal.timeout(20) })))).toBeInstanceOf(DeadlinePassed);
  });

  it("gives the reason where that is a failure", async () => {
    server.fault("a.jpg", { stall: 50_000 });
    const controller = new AbortController();
    const reason = new Draining("shutting down");
    const wanted = () => {
      controller.abort(reason);
      return true;
    };
    const store = storeOf(server);
    expect(await failureOf(store.read(ref, readOptions({ signal: controller.signal, wanted })))).toBe(reason);
    await server.unconnected();
    await store.close();
  });

  it("asks for nothing where it was stopped before", async () => {
    const before = server.requests.length;
    const store = storeOf(server);
    expect(await failureOf(store.read(ref, readOptions({ signal: AbortSignal.abort() })))).toBeInstanceOf(DeadlinePassed);
    await store.close();
    await server.unconnected();
    expect(server.requests.length).toBe(before);
  });

  it("does not count the time that room is waited for, however long, and asks for it on every try", async () => {
    server.fault("a.jpg", { cut: 90_000 }, undefined);
    const store = storeOf(server, { deadlines: { headers: 2000, idle: 40 } });
    const asked: number[] = [];
    const room = async (bytes: number) => {
      asked.push(bytes);
      if (asked.length === 1) await new Promise((resolve) => setTimeout(resolve, 120));
    };
    expect((await store.read(ref, readOptions({ room }))).bytes).toHaveLength(100_000);
    expect(asked).toEqual([100_000, 100_000]);
    await store.close();
    await server.unconnected();
  });

  it("ends it while room is waited for", async () => {
    server.fault("a.jpg", undefined);
    const store = storeOf(server);
    const room = () => new Promise<void>(() => {});
    expect(await failureOf(store.read(ref, readOptions({ room, signal: AbortSignal.timeout(50) })))).toBeInstanceOf(DeadlinePassed);
    await server.unconnected();
    await store.close();
  });
});
