import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeEvent } from "../src/sources/notification.js";
import { notification, sample, send } from "./kit/service.js";
import { secretIn } from "./kit/test-secrets.js";
import type { Credentials } from "../src/storage/credentials.js";
import type { Fault } from "./storage/oss-faults.js";
import { type OssServer, startOssServer } from "./storage/oss-server.js";
import { PROVIDER, ROLE, startStsServer, type StsFault, type StsServer } from "./storage/sts-server.js";

const bin = fileURLToPath(new URL("../../bin/oss-faces.js", import.meta.url));
const preload = new URL("./storage/sts-preload.js", import.meta.url).href;

const TOKENS = ["eyJhbGciOiJSUzI1NiJ9.podHiddenToken0123456789.c2lnbmF0dXJl", "eyJhbGciOiJSUzI1NiJ9.newHiddenToken0123456789.c2lnbmF0dXJl"];
const AUTH = 'shared "secret" of/the senders+0123456789';

/** OSS, or somebody in its place, repeats what it was sent. */
function echo(status: number, code: string, { accessKeyId, accessKeySecret, sessionToken }: Required<Credentials>): Fault {
  return { status, code, message: `you sent ${accessKeyId} ${Buffer.from(`${accessKeyId}:${accessKeySecret}`).toString("base64")} ${accessKeySecret} ${encodeURIComponent(sessionToken)} ${TOKENS[1]}` };
}

const OSS_FAULTS: Record<string, Fault> = {
  "denied.jpg": { status: 403, code: "AccessDenied" },
  "signature.jpg": { status: 403, code: "SignatureDoesNotMatch" },
  "skew.jpg": { status: 403, code: "RequestTimeTooSkewed" },
  "busy.jpg": { status: 503, code: "ServiceBusy", extra: { EC: "0048-00000113" } },
  "proxy.jpg": { status: 502 },
  "elsewhere.jpg": { status: 301, code: "PermanentRedirect", headers: { location: "http://127.0.0.1:1/" } },
  "reset.jpg": "reset",
  "cut.jpg": { cut: 10 },
  "stall.jpg": { stall: 10 },
};
const STS_FAULTS: StsFault[] = [{ status: 400, code: "AuthenticationFail.OIDCToken.Expired" }, { status: 400, code: "AuthenticationFail.OIDCToken.Invalid", xml: true }, { status: 503 }, "half", "garbled"];

/** The real process with every kind of failure: nothing that it prints or answers holds a secret, in whatever encoding. */
describe.each([
  ["text", "debug"],
  ["json", "debug"],
])("the service's output, %s at %s", (format, level) => {
  let sts: StsServer;
  let oss: OssServer;
  let child: ChildProcess;
  let folder: string;
  let output = "";
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "secrets-"));
    await writeFile(join(folder, "token"), TOKENS[0], { mode: 0o600 });
    sts = await startStsServer(TOKENS[0]);
    oss = await startOssServer({ accessKeyId: "none yet", accessKeySecret: "none yet" });
    const newest = (name: "accessKeyId" | "accessKeySecret" | "sessionToken") => ({ get: () => sts.given.at(-1)?.[name] });
    Object.defineProperties(oss.keys, { accessKeyId: newest("accessKeyId"), accessKeySecret: newest("accessKeySecret"), sessionToken: newest("sessionToken") });
    for (const [key, fault] of Object.entries(OSS_FAULTS)) {
      oss.put("photos", key, Buffer.alloc(1000, "JFIF"));
      oss.fault(key, fault);
    }
    oss.put("photos", "team.jpg", await readFile(sample(1)));
    const env = {
      ...{ PORT: "0", METRICS_PORT: "0", WORKERS: "1", EVENT_DEADLINE: "3s", LOG_FORMAT: format, LOG_LEVEL: level, AUTH_TOKEN: AUTH, OSS_ENDPOINT: oss.url },
      ...{ ALIBABA_CLOUD_ROLE_ARN: ROLE, ALIBABA_CLOUD_OIDC_PROVIDER_ARN: PROVIDER, ALIBABA_CLOUD_OIDC_TOKEN_FILE: join(folder, "token") },
      ...{ TEST_STS_PORT: String(sts.port), NODE_OPTIONS: `--import ${preload}`, OSS_ACCESS_KEY_ID: "", ALIBABA_CLOUD_ACCESS_KEY_ID: "" },
    };
    child = spawn(process.execPath, [bin, "serve"], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (output += String(chunk)));
    while (!/listening on port \d+/.test(output)) await Promise.race([once(child.stdout!, "data"), once(child, "exit").then(() => Promise.reject(new Error(output)))]);
    url = `http://127.0.0.1:${/listening on port (\d+)/.exec(output)?.[1]}`;
  });
  afterAll(async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
    await Promise.all([sts.close(), oss.close(), rm(folder, { recursive: true })]);
  });

  async function ask(key: string, more: Record<string, string> = {}): Promise<{ status: number; said: string }> {
    const { headers, body } = encodeEvent(notification({ bucket: "photos", key }, "eventbridge", `${key}-${Math.random()}`), "binary");
    const { status, headers: answered, text } = await send(url, { ...headers, authorization: `Bearer ${AUTH}`, ...more }, body);
    const said = `${JSON.stringify([...answered])}\n${text}`;
    expect(hiddenIn(said)).toBeUndefined();
    return { status, said };
  }
  const hiddenIn = (text: string) => secretIn(text, [...TOKENS, AUTH, "NStsKeyId0", "StsSecretOfTheRole", "CAISStsSessionToken", "HiddenToken"]);

  it("tells why there are no credentials, and nothing else", async () => {
    for (const fault of STS_FAULTS) {
      sts.fault = fault;
      const { status, said } = await ask("team.jpg");
      expect([status, said]).toEqual([503, expect.stringContaining('"code":"credentials"')]);
    }
    sts.fault = undefined;
    sts.token = TOKENS[1];
    await writeFile(join(folder, "token"), TOKENS[1]);
    expect((await ask("team.jpg")).status).toBe(200);
  });

  it("tells what is wrong with OSS, and nothing else", async () => {
    oss.put("photos", "echo.jpg", Buffer.alloc(1000, "JFIF"));
    oss.put("photos", "expired.jpg", Buffer.alloc(1000, "JFIF"));
    oss.fault("echo.jpg", echo(500, "InternalError", sts.given.at(-1)!));
    oss.fault("expired.jpg", echo(403, "SecurityTokenExpired", sts.given.at(-1)!));
    const answers = await Promise.all([...Object.keys(OSS_FAULTS), "echo.jpg", "expired.jpg"].map((key) => ask(key)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
  });

  it("says nothing of a secret that an event repeats, as it is or encoded", async () => {
    const { accessKeySecret, sessionToken } = sts.given.at(-1)!;
    const secrets = [AUTH, TOKENS[1], accessKeySecret, sessionToken];
    for (const secret of secrets) {
      const data = JSON.stringify({ secret, encoded: encodeURIComponent(secret), base64: ["", "a", "ab"].map((before) => Buffer.from(`${before}${secret}${before}`).toString("base64")), url: Buffer.from(secret).toString("base64url") });
      const { status } = await send(url, { "ce-specversion": "1.0", "ce-id": "displayed", "ce-type": "com.example.t", "ce-source": "/s", "ce-subject": encodeURIComponent(secret), "content-type": "application/json", authorization: `Bearer ${AUTH}` }, data);
      expect(status).toBe(204);
    }
    expect(output.match(/\[redacted\]/g)!.length).toBeGreaterThanOrEqual(secrets.length * 4);
  });

  it("is clean in the end", async () => {
    child.kill("SIGTERM");
    await once(child, "close");
    expect(output).toContain("credentials");
    expect(output).toContain("EC 0048-00000113");
    expect(hiddenIn(output)).toBeUndefined();
  });
});
