import credentialsLibrary from "@alicloud/credentials";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CredentialsFailed } from "../../src/errors.js";
import { credentialProvider, holdCredentials } from "../../src/storage/credentials.js";
import type { Credentials } from "../../src/storage/credentials.js";
import { everythingIn, failureOf } from "./support.js";

const numbered = (n: number): Credentials => ({ accessKeyId: `STS.${n}`, accessKeySecret: `secret-${n}`, sessionToken: `token-${n}` });
const MINUTE = 60_000;

/** A provider whose answers the test gives one by one, and a clock. */
function scene() {
  const waiting: { resolve: (value: Credentials) => void; reject: (error: Error) => void }[] = [];
  let time = 0;
  const holder = holdCredentials(
    () => new Promise<Credentials>((resolve, reject) => waiting.push({ resolve, reject })),
    () => time,
  );
  return { waiting, holder, pass: (milliseconds: number) => void (time += milliseconds) };
}

describe("holding credentials", () => {
  it("asks once, however many reads wait", async () => {
    const { waiting, holder } = scene();
    const reads = [holder.get(), holder.get(), holder.get()];
    waiting[0]?.resolve(numbered(1));
    expect(await Promise.all(reads)).toEqual([numbered(1), numbered(1), numbered(1)]);
    expect(await holder.get()).toEqual(numbered(1));
    expect(waiting.length).toBe(1);
  });

  it("asks ahead: reads go on with the old ones meanwhile", async () => {
    const { waiting, holder, pass } = scene();
    const first = holder.get();
    waiting[0]?.resolve(numbered(1));
    await first;
    pass(2 * MINUTE);
    expect(await Promise.all([holder.get(), holder.get()])).toEqual([numbered(1), numbered(1)]);
    expect(waiting.length).toBe(2);
    waiting[1]?.resolve(numbered(2));
    await new Promise(setImmediate);
    expect(await holder.get()).toEqual(numbered(2));
  });

  it("waits for new ones after a long pause", async () => {
    const { waiting, holder, pass } = scene();
    const first = holder.get();
    waiting[0]?.resolve(numbered(1));
    await first;
    pass(60 * MINUTE);
    const late = holder.get();
    waiting[1]?.resolve(numbered(2));
    expect(await late).toEqual(numbered(2));
  });

  it("keeps good ones where asking ahead fails, and asks again at the next read", async () => {
    const { waiting, holder, pass } = scene();
    const first = holder.get();
    waiting[0]?.resolve(numbered(1));
    await first;
    pass(2 * MINUTE);
    await holder.get();
    waiting[1]?.reject(new Error("STS is down"));
    await new Promise(setImmediate);
    expect(await holder.get()).toEqual(numbered(1));
    expect(waiting.length).toBe(3);
  });

  it("does not keep a failure", async () => {
    const { waiting, holder } = scene();
    const first = holder.get();
    waiting[0]?.reject(new CredentialsFailed("STS is down"));
    expect(await failureOf(first)).toBeInstanceOf(CredentialsFailed);
    const second = holder.get();
    waiting[1]?.resolve(numbered(1));
    expect(await second).toEqual(numbered(1));
  });

  it("asks again once for all reads whose credentials were refused, and says where nothing new came", async () => {
    const { waiting, holder } = scene();
    const first = holder.get();
    waiting[0]?.resolve(numbered(1));
    const old = await first;
    const renewals = [holder.renewed(old), holder.renewed(old)];
    waiting[1]?.resolve(numbered(2));
    expect(await Promise.all(renewals)).toEqual([numbered(2), numbered(2)]);
    expect(await holder.renewed(old)).toEqual(numbered(2)); // a read that was late: they are new already
    expect(waiting.length).toBe(2);
    const useless = holder.renewed(numbered(2));
    waiting[2]?.resolve(numbered(2));
    expect(await useless).toBeUndefined();
  });
});

describe("where credentials come from", () => {
  const RRSA = {
    ALIBABA_CLOUD_ROLE_ARN: "acs:ram::1000000000000000:role/faces",
    ALIBABA_CLOUD_OIDC_PROVIDER_ARN: "acs:ram::1000000000000000:oidc-provider/ack",
    ALIBABA_CLOUD_OIDC_TOKEN_FILE: path.join(tmpdir(), "no-such-token"),
  };
  const PLAIN = { ALIBABA_CLOUD_ACCESS_KEY_ID: "env-id", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "env-secret" };

  it.each([
    ["the settings", { accessKeyId: "id", accessKeySecret: "secret" }, {}, { accessKeyId: "id", accessKeySecret: "secret" }],
    ["the settings with a token", { accessKeyId: "id", accessKeySecret: "secret", sessionToken: "token" }, {}, { accessKeyId: "id", accessKeySecret: "secret", sessionToken: "token" }],
    ["the settings before the environment", { accessKeyId: "id", accessKeySecret: "secret" }, { ...PLAIN, ...RRSA }, { accessKeyId: "id", accessKeySecret: "secret" }],
    ["the environment before RRSA, as in Alibaba's chain", {}, { ...PLAIN, ...RRSA, ALIBABA_CLOUD_SECURITY_TOKEN: "env-token" }, { accessKeyId: "env-id", accessKeySecret: "env-secret", sessionToken: "env-token" }],
    ["a secret with the line end that echo left in it", { accessKeyId: "id\n", accessKeySecret: "secret\n" }, {}, { accessKeyId: "id", accessKeySecret: "secret" }],
  ])("%s", async (_, settings, env, expected) => {
    expect(await credentialProvider({ ...settings, env })()).toEqual(expected);
  });

  it.each([
    ["nothing is set", {}, {}, ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"]],
    ["RRSA is set in part", {}, { ALIBABA_CLOUD_ROLE_ARN: "acs:ram::1:role/faces" }, ["ALIBABA_CLOUD_OIDC_TOKEN_FILE"]],
    ["the secret is missing", { accessKeyId: "id" }, PLAIN, ["OSS_ACCESS_KEY_ID is set, but not OSS_ACCESS_KEY_SECRET"]],
    ["the id is missing", {}, { ALIBABA_CLOUD_ACCESS_KEY_SECRET: "Hidden1" }, ["ALIBABA_CLOUD_ACCESS_KEY_SECRET is set, but not ALIBABA_CLOUD_ACCESS_KEY_ID"]],
    ["a key has a space in it", { accessKeyId: "id", accessKeySecret: "Hidden1 Hidden2" }, {}, ["OSS_ACCESS_KEY_SECRET"]],
    ["the token file is missing", {}, RRSA, ["acs:ram::1000000000000000:role/faces", "no-such-token", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"]],
  ])("says what to do where %s", async (_, settings, env, words) => {
    const failure = await failureOf(credentialProvider({ ...settings, env })());
    expect(failure).toBeInstanceOf(CredentialsFailed);
    for (const word of words) expect(failure.message).toContain(word);
    expect(everythingIn(failure)).not.toContain("Hidden");
  });

  it("reads the token file again at each attempt", async () => {
    const file = path.join(tmpdir(), `oidc-token-${process.pid}`);
    const provider = credentialProvider({ env: { ...RRSA, ALIBABA_CLOUD_OIDC_TOKEN_FILE: file } });
    expect((await failureOf(provider())).message).toContain("ENOENT");
    await writeFile(file, "", { mode: 0o600 });
    await rm(file);
    expect((await failureOf(provider())).message).toContain(file);
  });

  describe("from STS, by the library, with answers from here instead of the network", () => {
    type Provider = { getCredentialsInternal(): Promise<unknown>; doRequest: () => Promise<{ statusCode: number; body: Buffer }> };
    const provider = credentialsLibrary.OIDCRoleArnCredentialsProvider.prototype as unknown as Provider;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- put back as it was
    const { getCredentialsInternal } = provider;
    const file = path.join(tmpdir(), `oidc-token-sts-${process.pid}`);
    beforeAll(() => writeFile(file, "eyHiddenToken", { mode: 0o600 }));
    afterAll(() => rm(file));
    afterEach(() => void (provider.getCredentialsInternal = getCredentialsInternal));

    function answering(statusCode: number, body: string) {
      provider.getCredentialsInternal = function (this: Provider) {
        this.doRequest = () => Promise.resolve({ statusCode, body: Buffer.from(body) });
        return getCredentialsInternal.call(this);
      };
      return credentialProvider({ env: { ...RRSA, ALIBABA_CLOUD_OIDC_TOKEN_FILE: file } });
    }

    it("gives the role's temporary key", async () => {
      const Expiration = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, "");
      const Credentials = { AccessKeyId: "STS.1", AccessKeySecret: "secret-1", SecurityToken: "token-1", Expiration };
      expect(await answering(200, JSON.stringify({ Credentials }))()).toEqual(numbered(1));
    });

    it.each([
      ["a refusal", 400, '{"RequestId":"5D088840-1","Code":"AuthenticationFail.OIDCToken.Expired","Message":"eyHiddenToken expired"}', /AuthenticationFail\.OIDCToken\.Expired, request id 5D088840-1$/],
      ["a garbled answer", 200, '{"Credentials":{"AccessKeySecret":"Hidden1","SecurityToken":"Hidden2"', /STS gave no credentials$/],
    ])("reports %s without its text", async (_, status, body, message) => {
      const failure = await failureOf(answering(status, body)());
      expect(failure).toBeInstanceOf(CredentialsFailed);
      expect(failure.message).toMatch(message);
      expect(everythingIn(failure)).not.toContain("Hidden");
    });
  });
});
