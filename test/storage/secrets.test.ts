import { CredentialsFailed } from "../../src/errors.js";
import { startOssServer } from "./oss-server.js";
import type { Fault, OssServer } from "./oss-server.js";
import { bytesOf, everythingIn, failureOf, KEY, readOptions, storeOf } from "./support.js";

const TOKEN = "CAIStEmPoRaRyToKeN0123456789+/abcdef==";
const TEMPORARY = { ...KEY, accessKeyId: "STS.NTestKeyId0001", sessionToken: TOKEN };
const ref = { bucket: "photos", key: "a.jpg", region: "cn-hangzhou" };

describe("credentials and OSS", () => {
  let server: OssServer;
  beforeEach(async () => {
    server = await startOssServer({ ...TEMPORARY, objects: { "photos/a.jpg": bytesOf("a") } });
  });
  afterEach(() => server.close());

  it("signs with a temporary key and sends its token", async () => {
    const store = storeOf(server, { credentials: () => Promise.resolve(TEMPORARY) });
    expect((await store.read(ref, readOptions())).complete).toBe(true);
    expect(server.requests[0]?.headers["x-oss-security-token"]).toBe(TOKEN);
    await store.close();
  });

  it.each([
    ["a wrong secret", { accessKeySecret: "wrongSecret0123456789abcdefghi" }, "SignatureDoesNotMatch"],
    ["an unknown key id", { accessKeyId: "LTAI5tSomebodyElses" }, "InvalidAccessKeyId"],
    ["an expired token", { sessionToken: "CAISexpired0123456789" }, "SecurityTokenExpired"],
  ])("reports %s after one request", async (_, change, code) => {
    const store = storeOf(server, { credentials: () => Promise.resolve({ ...TEMPORARY, ...change }) });
    const failure = await failureOf(store.read(ref, readOptions()));
    expect(failure).toBeInstanceOf(CredentialsFailed);
    expect(failure.message).toContain(code);
    expect(failure.message).toContain("photos/a.jpg");
    expect(server.requests.length).toBe(1);
    await store.close();
  });

  it("gets fresh credentials in the same read where a token expired, once for all reads", async () => {
    let asked = 0;
    const credentials = () => Promise.resolve(asked++ === 0 ? { ...TEMPORARY, sessionToken: "CAISexpired0123456789" } : TEMPORARY);
    const store = storeOf(server, { credentials });
    const objects = await Promise.all(Array.from({ length: 5 }, () => store.read(ref, readOptions())));
    expect(objects.every(({ complete }) => complete)).toBe(true);
    expect(asked).toBe(2);
    await store.close();
  });

  it("goes on where the key was replaced at OSS and at the provider", async () => {
    let key: typeof TEMPORARY = TEMPORARY;
    const store = storeOf(server, { credentials: () => Promise.resolve(key) });
    await store.read(ref, readOptions());
    key = { accessKeyId: "STS.second", accessKeySecret: "secondSecret0123456789abcdefg", sessionToken: "CAISsecond" };
    Object.assign(server.keys, key);
    expect((await store.read(ref, readOptions())).complete).toBe(true);
    await store.close();
  });

  const echo = (status: number, code?: string): Fault => ({ status, code, message: `you sent ${TEMPORARY.accessKeyId} ${KEY.accessKeySecret} ${"x".repeat(240)} ${TOKEN}` });
  it.each([
    ["a bad signature", undefined, { accessKeySecret: "wrongSecret0123456789abcdefghi" }],
    ["a token that OSS repeats", undefined, { sessionToken: "CAISexpired0123456789" }],
    ["an error that repeats what was sent", echo(403, "AccessDenied"), {}],
    ["a credential error that repeats what was sent", echo(403, "InvalidAccessKeyId"), {}],
    ["a server error that repeats what was sent", echo(500, "InternalError"), {}],
    ["a proxy's page", { status: 502 }, {}],
    ["no answer", "silent", {}],
    ["a reset", "reset", {}],
    ["a cut body", { cut: 10 }, {}],
    ["a stalled body", { stall: 10 }, {}],
    ["a missing object", { status: 404, code: "NoSuchKey" }, {}],
  ] satisfies [string, Fault | undefined, Partial<typeof TEMPORARY>][])("no credential is in the failure after %s", async (_, fault, change) => {
    server.fault("a.jpg", fault);
    const used = { ...TEMPORARY, ...change };
    const store = storeOf(server, { credentials: () => Promise.resolve(used), deadlines: { headers: 60, idle: 60 } });
    const said = everythingIn(await failureOf(store.read(ref, readOptions())));
    for (const secret of [used.accessKeyId, used.accessKeySecret, used.sessionToken]) {
      for (let at = 0; at + 10 <= secret.length; at++) expect(said).not.toContain(secret.slice(at, at + 10)); // no part of it either
    }
    expect(said).not.toMatch(/Signature=|authorization|[0-9a-f]{64}/i);
    await store.close();
  });

  it("ali-oss prints nothing, no warning about tokens either", async () => {
    const printed: unknown[] = [];
    const { warn, log, error } = console;
    Object.assign(console, { warn: (...args: unknown[]) => printed.push(args), log: (...args: unknown[]) => printed.push(args), error: (...args: unknown[]) => printed.push(args) });
    try {
      const store = storeOf(server, { credentials: () => Promise.resolve(TEMPORARY) });
      await store.read(ref, readOptions());
      await store.close();
    } finally {
      Object.assign(console, { warn, log, error });
    }
    expect(printed).toEqual([]);
  });
});
