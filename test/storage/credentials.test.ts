import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CredentialsFailed } from "../../src/errors.js";
import { credentialProvider } from "../../src/storage/credentials.js";
import { everythingIn, failureOf } from "./support.js";

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
});
