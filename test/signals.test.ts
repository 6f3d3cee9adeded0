import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import type { AnalyzedData } from "../src/events/result-schema.js";
import { folderBucket, notification, sendEvent } from "./kit/service.js";

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
