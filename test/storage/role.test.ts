import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CredentialsFailed, DeadlinePassed } from "../../src/errors.js";
import { holdCredentials } from "../../src/storage/credential-holder.js";
import { credentialProvider } from "../../src/storage/credentials.js";
import { createStore } from "../../src/storage/index.js";
import type { ObjectStore } from "../../src/storage/object-store.js";
import { type OssServer, startOssServer } from "./oss-server.js";
import { PROVIDER, redirectSts, ROLE, startStsServer, type StsFault, type StsServer } from "./sts-server.js";
import { bytesOf, everythingIn, failureOf, readOptions } from "./support.js";

const TOKENS = ["eyJhbGciOiJSUzI1NiJ9.firstHiddenToken.sig", "eyJhbGciOiJSUzI1NiJ9.secondHiddenToken.sig"];
const ref = { bucket: "photos", key: "a.jpg", region: "cn-hangzhou" };

/** The real library asks a server that speaks as STS does, through TLS; OSS takes nothing but what that gave. */
describe("RRSA: a role's key for the pod's token", () => {
  let sts: StsServer;
  let oss: OssServer;
  let folder: string;
  let file: string;
  let store: ObjectStore;
  let putBack: () => void;
  const env = () => ({ ALIBABA_CLOUD_ROLE_ARN: ROLE, ALIBABA_CLOUD_OIDC_PROVIDER_ARN: PROVIDER, ALIBABA_CLOUD_OIDC_TOKEN_FILE: file });
  const read = () => store.read(ref, readOptions());
  /** As the kubelet does it. */
  async function replaceToken(token: string): Promise<void> {
    await writeFile(`${file}.new`, token, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  /** OSS takes the newest key, and it alone. */
  const takesNewest = () => Object.assign(oss.keys, sts.given.at(-1));

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "role-"));
    file = path.join(folder, "token");
    await replaceToken(TOKENS[0]);
    sts = await startStsServer(TOKENS[0]);
    putBack = redirectSts(sts.port);
    oss = await startOssServer({ accessKeyId: "STS.NStsKeyId0001", accessKeySecret: "StsSecretOfTheRole0001/+", sessionToken: "CAISStsSessionToken0001/+==", objects: { "photos/a.jpg": bytesOf("a") } });
    store = createStore({ storage: "oss", endpoint: oss.url, region: "cn-hangzhou", env: env(), stsDeadline: 100 });
  });
  afterEach(async () => {
    putBack();
    await store.close();
    await Promise.all([sts.close(), oss.close(), rm(folder, { recursive: true })]);
  });

  it("is asked for once, however many photos wait", async () => {
    const objects = await Promise.all(Array.from({ length: 10 }, read));
    expect(objects.every(({ complete }) => complete)).toBe(true);
    expect(sts.requests).toEqual([{ host: "sts.aliyuncs.com", form: expect.objectContaining({ RoleArn: ROLE, OIDCProviderArn: PROVIDER, OIDCToken: TOKENS[0] }) }]);
  });

  it("is asked for again, once, where it ended while photos wait, with the token that the file has by then", async () => {
    await read();
    sts.token = TOKENS[1];
    await replaceToken(TOKENS[1]);
    Object.assign(oss.keys, { accessKeyId: "STS.NStsKeyId0002", accessKeySecret: "StsSecretOfTheRole0002/+", sessionToken: "CAISStsSessionToken0002/+==" });
    const objects = await Promise.all(Array.from({ length: 10 }, read));
    expect(objects.every(({ complete }) => complete)).toBe(true);
    expect(sts.requests.map(({ form }) => form.OIDCToken)).toEqual(TOKENS);
  });

  it("is asked for again where it ended in the middle of a download that was cut", async () => {
    await read();
    oss.put("photos", "b.jpg", bytesOf("b", 100_000));
    oss.fault("b.jpg", { cut: 50_000 }, undefined);
    const ending = () => {
      Object.assign(oss.keys, { accessKeyId: "STS.NStsKeyId0002", accessKeySecret: "StsSecretOfTheRole0002/+", sessionToken: "CAISStsSessionToken0002/+==" });
      return true;
    };
    const object = await store.read({ ...ref, key: "b.jpg" }, readOptions({ wanted: ending }));
    expect(Buffer.from(object.bytes).equals(bytesOf("b", 100_000))).toBe(true);
    expect(oss.requests.map(({ status }) => status)).toEqual([200, 200, 403, 200]);
    expect(sts.requests.length).toBe(2);
  });

  it("is renewed ahead of its end with the token that the file has by then, while photos go on with the old one", async () => {
    let time = 0;
    const holder = holdCredentials(credentialProvider({ env: env() }), () => time);
    const first = await holder.get();
    sts.token = TOKENS[1];
    await replaceToken(TOKENS[1]);
    time += 44 * 60_000;
    expect(await holder.get()).toEqual(first);
    expect(sts.requests.length).toBe(1);
    time += 2 * 60_000;
    expect(await Promise.all([holder.get(), holder.get(), holder.get()])).toEqual([first, first, first]);
    for (let current = first; current.accessKeyId === first.accessKeyId; current = await holder.get()) await new Promise(setImmediate);
    expect(await holder.get()).toEqual(sts.given[1]);
    expect(sts.requests.map(({ form }) => form.OIDCToken)).toEqual(TOKENS);
  });

  it("comes from the region's STS where that is named", async () => {
    process.env.ALIBABA_CLOUD_STS_REGION = "cn-hangzhou";
    try {
      await read();
    } finally {
      delete process.env.ALIBABA_CLOUD_STS_REGION;
    }
    expect(sts.requests.map(({ host }) => host)).toEqual(["sts.cn-hangzhou.aliyuncs.com"]);
  });

  const FAULTS: [string, StsFault, RegExp][] = [
    ["the token is expired", { status: 400, code: "AuthenticationFail.OIDCToken.Expired" }, /STS answered AuthenticationFail\.OIDCToken\.Expired, request id 5D088840-[-\w]+$/],
    ["that is said in XML", { status: 400, code: "AuthenticationFail.OIDCToken.Invalid", xml: true }, /STS answered AuthenticationFail\.OIDCToken\.Invalid, request id 5D088840-[-\w]+$/],
    ["STS throttles", { status: 429, code: "Throttling.User" }, /STS answered Throttling\.User, request id/],
    ["STS is broken", { status: 500, code: "InternalError" }, /STS answered InternalError, request id/],
    ["a proxy answers", { status: 503 }, /no reason in its own words$/],
    ["STS is silent", "silent", /STS did not answer in time$/],
    ["its answer stalls", "stall", /STS did not answer in time$/],
    ["its answer is cut", "half", /STS could not be asked: ECONNRESET$/],
    ["its answer is garbled", "garbled", /no reason in its own words$/],
  ];

  it.each(FAULTS)("where %s photos get words without a secret, and the next one comes through", async (_, fault, words) => {
    sts.fault = fault;
    const failures = await Promise.all(Array.from({ length: 5 }, () => failureOf(read())));
    expect(sts.requests.length).toBe(1);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(CredentialsFailed);
      expect(failure.message).toMatch(words);
      expect(failure.message).toContain(ROLE);
      expect(everythingIn(failure)).not.toMatch(/Hidden|StsSecret|CAISSts|NStsKeyId/);
    }
    expect(oss.requests).toEqual([]);
    sts.fault = undefined;
    const next = read().catch((error: unknown) => error);
    while (sts.given.length === 0 || sts.requests.length < 2) await new Promise(setImmediate);
    takesNewest();
    expect(await next).toMatchObject({ complete: true });
  });

  it.each(FAULTS)("a key that is still good is used on where %s", async (_, fault) => {
    let time = 0;
    const holder = holdCredentials(credentialProvider({ env: env(), stsDeadline: 100 }), () => time);
    const first = await holder.get();
    sts.fault = fault;
    time += 50 * 60_000;
    const asked = sts.requests.length;
    expect(await Promise.all([holder.get(), holder.get()])).toEqual([first, first]);
    while (sts.requests.length === asked) await new Promise(setImmediate);
    expect(sts.requests.length).toBe(asked + 1);
    time += 10 * 60_000;
    expect(await failureOf(holder.get())).toBeInstanceOf(CredentialsFailed);
    sts.fault = undefined;
    expect(await holder.get()).toEqual(sts.given.at(-1));
  });

  it.each([
    ["the role is another", { ALIBABA_CLOUD_ROLE_ARN: "acs:ram::1:role/other" }, "EntityNotExist.Role"],
    ["the provider is another", { ALIBABA_CLOUD_OIDC_PROVIDER_ARN: "acs:ram::1:oidc-provider/other" }, "EntityNotExist.OIDCProvider"],
  ])("says so where %s", async (_, change, code) => {
    expect((await failureOf(credentialProvider({ env: { ...env(), ...change } })())).message).toContain(code);
  });

  it("does not hold a photo beyond its deadline where STS is silent", async () => {
    sts.fault = "silent";
    const patient = createStore({ storage: "oss", endpoint: oss.url, region: "cn-hangzhou", env: env(), stsDeadline: 60_000 });
    expect(await failureOf(patient.read(ref, readOptions({ signal: AbortSignal.timeout(50) })))).toBeInstanceOf(DeadlinePassed);
    await patient.close();
  });

  it("is not asked for at a host that shows another's certificate, or none that is trusted", async () => {
    putBack();
    const { default: https } = await import("node:https");
    const { request } = https;
    https.request = ((options: object) => request({ ...options, host: "127.0.0.1", port: sts.port, servername: "sts.aliyuncs.com" })) as typeof request;
    putBack = () => void (https.request = request);
    expect((await failureOf(read())).message).toMatch(/STS could not be asked: (UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)$/);
    expect(sts.requests).toEqual([]);
  });

  it("lasts no longer than was asked for, whatever this clock makes of its end", async () => {
    for (const [lifetime, expected] of [[3 * 3_600_000, 3_600_000], [-3_600_000, 3_600_000]]) {
      sts.lifetime = lifetime;
      expect((await credentialProvider({ env: env() })()).lifetime).toBe(expected);
    }
  });
});
