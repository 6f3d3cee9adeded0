import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, copyFile, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { encodeEvent, notificationEvent, ossRecord } from "../src/sources/notification.js";
import { samplePhotos } from "../src/samples.js";

const SAMPLES = samplePhotos();

const COLD_STARTS = 5;
const PHOTOS = 200;
const AT_ONCE = 8;

/** The real `serve` process on a folder, with the image's environment: cold start, then memory and event-loop delay under load. */
export async function run(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "oss-faces-bench-"));
  await mkdir(join(root, "photos"));
  for (const file of SAMPLES) await copyFile(file, join(root, "photos", basename(file)));
  try {
    const starts = [];
    for (let start = 0; start < COLD_STARTS; start += 1) starts.push(await coldStart(root));
    const median = (values: number[]) => Math.round(values.sort((a, b) => a - b)[Math.floor(values.length / 2)]);
    process.stdout.write(`cold start (median of ${COLD_STARTS}): ready ${median(starts.map(({ ready }) => ready))} ms, first result ${median(starts.map(({ result }) => result))} ms after the process\n`);
    await underLoad(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

async function coldStart(root: string) {
  const started = performance.now();
  const { child, url } = await serve(root);
  const since = () => performance.now() - started;
  const ready = until(`${url}/readyz`).then(since);
  const result = until(url, 0).then(since);
  const times = { ready: await ready, result: await result };
  await stop(child);
  return times;
}

async function underLoad(root: string): Promise<void> {
  const { child, url, metrics } = await serve(root);
  await until(`${url}/readyz`);
  const started = performance.now();
  let next = 0;
  const sender = async () => {
    while (next < PHOTOS) await post(url, next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  const seconds = (performance.now() - started) / 1000;
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
  const scraped = await (await fetch(metrics)).text();
  const lag = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(scraped)?.[1]) * 1000;
  process.stdout.write(`${PHOTOS} photos, ${AT_ONCE} at once: ${(PHOTOS / seconds).toFixed(1)} a second; RSS ${Math.round(kib("VmRSS") / 1024)} MiB, peak ${Math.round(kib("VmHWM") / 1024)} MiB\n`);
  process.stdout.write(`event-loop delay of the HTTP thread at p99: ${lag.toFixed(1)} ms, 2 ms of it between samples\n`);
  await stop(child);
}

async function serve(root: string) {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const bin = fileURLToPath(new URL("../../bin/oss-faces.js", import.meta.url));
  const env = { ...process.env, MALLOC_ARENA_MAX: "2", STORAGE: root, PORT: String(port), METRICS_PORT: String(metricsPort) };
  const child = spawn(process.execPath, [bin, "serve"], { env, stdio: ["ignore", "ignore", "inherit"] });
  return { child, url: `http://127.0.0.1:${port}`, metrics: `http://127.0.0.1:${metricsPort}/metrics` };
}

/** Asks again until the answer is 200. */
async function until(url: string, photo?: number): Promise<void> {
  for (;;) {
    const response = await (photo === undefined ? fetch(url) : post(url, photo)).catch(() => undefined);
    if (response?.status === 200) return;
    await pause(2);
  }
}

async function post(url: string, number: number): Promise<Response> {
  const key = basename(SAMPLES[number % SAMPLES.length]);
  const { headers, body } = encodeEvent(notificationEvent(ossRecord({ bucket: "photos", key }), { as: "eventbridge", id: `bench-${number}` }), "binary");
  const response = await fetch(url, { method: "POST", headers, body });
  await response.arrayBuffer();
  return response;
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  await once(child, "exit");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
