import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { AnalyzedData } from "../src/events/result-schema.js";
import { folderBucket, notification, sample, sendEvent } from "./kit/service.js";
import { type OssServer, startOssServer } from "./storage/oss-server.js";

const bin = fileURLToPath(new URL("../../bin/oss-faces.js", import.meta.url));

/** The real process; gives its address once it listens. */
async function serve(env: Record<string, string>): Promise<{ child: ChildProcess; url: string; output: () => string }> {
  const child = spawn(process.execPath, [bin, "serve"], { env: { ...process.env, PORT: "0", METRICS_PORT: "0", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  while (!/^listening on port \d+$/m.test(output)) await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => Promise.reject(new Error(output)))]);
  return { child, url: `http://127.0.0.1:${/^listening on port (\d+)$/m.exec(output)?.[1]}`, output: () => output };
}

it("SIGTERM during ten requests: all are answered, exit 0", async () => {
  const bucket = await folderBucket();
  await bucket.copySample(1, "team.jpg");
  const { child, url, output } = await serve({ STORAGE: bucket.root, LOG_LEVEL: "debug" });
  const events = Array.from({ length: 10 }, (_, number) => notification({ bucket: "photos", key: "team.jpg" }, "eventbridge", `drain-${number}`));
  const answers = Promise.all(events.map((event) => sendEvent(url, event)));
  const shown = () => output().match(/^ {2}id: drain-/gm)?.length ?? 0;
  while (shown() < 10) await once(child.stdout!, "data"); // each is displayed when it is let in
  child.kill("SIGTERM");
  expect((await answers).map(({ status, text }) => [status, (JSON.parse(text) as AnalyzedData).faces.length])).toEqual(events.map(() => [200, 3]));
  const [code] = (child.exitCode === null ? await once(child, "exit") : [child.exitCode]) as [number];
  expect(code).toBe(0);
  await bucket.remove();
});

/** What the process ended with, and all that it wrote. */
async function ended(child: ChildProcess): Promise<[code: number | null, signal: string | null]> {
  return (await once(child, "close")) as [number | null, string | null];
}

describe("work that does not end", () => {
  const KEYS = { accessKeyId: "LTAItestkeyid", accessKeySecret: "test-key-secret-0123456789" };
  let oss: OssServer;
  beforeAll(async () => {
    oss = await startOssServer(KEYS);
    oss.put("photos", "stalls.jpg", await readFile(sample(1)));
    oss.put("photos", "large.jpg", await readFile(sample(5)));
    oss.fault("stalls.jpg", { stall: 20_000 });
  });
  afterAll(() => oss.close());
  const serveOss = (env: Record<string, string>) => serve({ OSS_ENDPOINT: oss.url, OSS_ACCESS_KEY_ID: KEYS.accessKeyId, OSS_ACCESS_KEY_SECRET: KEYS.accessKeySecret, OSS_REGION: "cn-hangzhou", WORKERS: "1", ...env });
  const photo = (key: string) => notification({ bucket: "photos", key }, "eventbridge", key);
  const codeOf = ({ status, text }: { status: number; text: string }) => [status, (JSON.parse(text) as { code: string }).code];

  /** A large picture for the detector: a worker has it for seconds. */
  const SLOW = { DETECT_SIZE: "4096", DETAILS: "none" };

  it("is answered 503 at the end of the grace period: exit 0", async () => {
    const { child, url, output } = await serveOss({ GRACE_PERIOD: "300ms" });
    const answer = sendEvent(url, photo("stalls.jpg"));
    while (!output().includes("id: stalls.jpg")) await once(child.stdout!, "data");
    child.kill("SIGTERM");
    expect(codeOf(await answer)).toEqual([503, "draining"]);
    expect((await answer).headers.get("retry-after")).toBe("1");
    expect([await ended(child), output()]).toEqual([[0, null], expect.not.stringMatching(/terminate|defect/)]);
  });

  it("that began while models load is answered 503 at a second SIGTERM: exit 0", async () => {
    const { child, url, output } = await serveOss(SLOW);
    const answer = sendEvent(url, photo("large.jpg"));
    while (!output().includes("id: large.jpg")) await once(child.stdout!, "data");
    child.kill("SIGTERM");
    while (!output().includes("SIGTERM: finishing what is in work")) await once(child.stdout!, "data");
    child.kill("SIGTERM");
    expect(codeOf(await answer)).toEqual([503, "draining"]);
    expect([await ended(child), output()]).toEqual([[0, null], expect.not.stringMatching(/terminate|defect/)]);
  });

  it("is answered 503 at a second SIGTERM: exit 0", async () => {
    const { child, url, output } = await serveOss({});
    const answer = sendEvent(url, photo("stalls.jpg"));
    while (!output().includes("id: stalls.jpg")) await once(child.stdout!, "data");
    child.kill("SIGTERM");
    while (!output().includes("SIGTERM: finishing what is in work")) await once(child.stdout!, "data");
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect(codeOf(await sendEvent(url, photo("another.jpg")))).toEqual([503, "draining"]);
    child.kill("SIGTERM");
    expect(codeOf(await answer)).toEqual([503, "draining"]);
    expect([await ended(child), output()]).toEqual([[0, null], expect.not.stringMatching(/terminate|defect/)]);
  });

  it("in a worker is left to finish after a second SIGTERM: exit 0, without an abort", async () => {
    const { child, url, output } = await serveOss({ ...SLOW, DETECT_SIZE: "2048" });
    while (!output().includes("ready\n")) await once(child.stdout!, "data");
    const answer = sendEvent(url, photo("large.jpg"));
    while (!output().includes("id: large.jpg")) await once(child.stdout!, "data");
    while (oss.requests.at(-1)?.key !== "large.jpg") await fetch(`${url}/livez`);
    for (let moment = 0; moment < 30; moment++) await fetch(`${url}/livez`);
    child.kill("SIGTERM");
    while (!output().includes("SIGTERM: finishing what is in work")) await once(child.stdout!, "data");
    child.kill("SIGTERM");
    expect(codeOf(await answer)).toEqual([503, "draining"]);
    expect([await ended(child), output()]).toEqual([[0, null], expect.not.stringMatching(/terminate|defect/)]);
  });

  it("in a worker ends with the process at a third SIGTERM, without an abort", async () => {
    const { child, url, output } = await serveOss(SLOW);
    while (!output().includes("ready\n")) await once(child.stdout!, "data");
    const answer = sendEvent(url, photo("large.jpg"));
    while (!output().includes("id: large.jpg")) await once(child.stdout!, "data");
    for (let moment = 0; moment < 30; moment++) await fetch(`${url}/livez`);
    child.kill("SIGTERM");
    while (!output().includes("SIGTERM: finishing what is in work")) await once(child.stdout!, "data");
    child.kill("SIGTERM");
    expect(codeOf(await answer)).toEqual([503, "draining"]);
    child.kill("SIGTERM");
    expect([await ended(child), output()]).toEqual([[null, "SIGKILL"], expect.not.stringMatching(/terminate|defect/)]);
  });
});

it("all output is written before the exit, however slowly it is read", async () => {
  const bucket = await folderBucket();
  const { child, url, output } = await serve({ STORAGE: bucket.root });
  child.stdout!.pause();
  const headers = { "ce-specversion": "1.0", "ce-id": "large", "ce-type": "com.example.t", "ce-source": "/s", "content-type": "text/plain" };
  const large = "x".repeat(1_000_000); // a pipe holds 64 kB
  const response = await fetch(`${url}/dead-letters`, { method: "POST", headers, body: large });
  expect(response.status).toBe(204);
  child.kill("SIGTERM");
  while ((await fetch(`${url}/livez`).catch(() => undefined)) !== undefined); // it listens no more
  const isReading = new AbortController();
  await Promise.race([once(child, "exit", isReading), sleep(1000)]); // a reader that takes its time
  isReading.abort();
  child.stdout!.resume();
  expect(await ended(child)).toEqual([0, null]);
  expect(output()).toContain(large);
  await bucket.remove();
});

it("SIGTERM while models load, with a silent connection open: exit 0", async () => {
  const bucket = await folderBucket();
  const { child, url, output } = await serve({ STORAGE: bucket.root });
  const silent = connect(Number(new URL(url).port), "127.0.0.1");
  silent.on("error", () => undefined);
  await once(silent, "connect");
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number];
  silent.destroy();
  expect([code, output()]).toEqual([0, expect.not.stringMatching(/ at |Error/)]);
  await bucket.remove();
});

it("wrong settings are all named at once, and the exit code is 2", async () => {
  const child = spawn(process.execPath, [bin, "serve", "--min-score", "7"], { env: { ...process.env, PORT: "x", ENGINE: "y" }, stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(2);
  expect(output).toContain("3 settings are wrong:");
  for (const name of ['PORT "x"', 'ENGINE "y"', '--min-score "7"']) expect(output).toContain(name);
});
