import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { samplePhotos } from "../src/samples.js";
import { encodeEvent, notificationEvent, ossRecord } from "../src/sources/notification.js";
import { image } from "../test/kit/service-process.js";

export const BUCKET = "photos";
const SAMPLES = samplePhotos();
/** Of /proc/PID/stat, a second: USER_HZ, which is the same on all that Node runs on. */
const TICKS = 100;

/** The real `serve` process, with the environment that the image gives it, on a folder that holds the sample photos. */
export interface Served {
  url: string;
  metrics: string;
  child: ChildProcess;
  /** Sends an event for a sample photo; `number` is its identity. @throws Error where the answer is not 200 */
  photo(number: number): Promise<void>;
  /** Memory of the process, MiB: `VmRSS` now, `VmHWM` at the most. */
  memory(which: "VmRSS" | "VmHWM"): Promise<number>;
  /** CPU time that the process took so far, seconds. */
  cpu(): Promise<number>;
  stop(): Promise<void>;
}

/** A folder as the storage. */
export async function withStorage<T>(work: (root: string) => Promise<T>): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), "oss-faces-bench-"));
  await mkdir(join(root, BUCKET));
  for (const file of SAMPLES) await copyFile(file, join(root, BUCKET, basename(file)));
  try {
    return await work(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

export async function serve(root: string, settings: Record<string, string> = {}): Promise<Served> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const bin = fileURLToPath(new URL("../../bin/oss-faces.js", import.meta.url));
  const env = { ...process.env, ...image().env, STORAGE: root, PORT: String(port), METRICS_PORT: String(metricsPort), ...settings };
  const child = spawn(process.execPath, [...image().flags, bin, "serve"], { env, stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    metrics: `http://127.0.0.1:${metricsPort}/metrics`,
    child,
    async photo(number) {
      const key = basename(SAMPLES[number % SAMPLES.length]);
      const event = notificationEvent(ossRecord({ bucket: BUCKET, key }), { as: "eventbridge", id: `bench-${number}` });
      const { headers, body } = encodeEvent(event, "binary");
      const response = await fetch(url, { method: "POST", headers, body });
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${key}: ${response.status}`);
    },
    async memory(which) {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      return Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    },
    async cpu() {
      const [user, system] = (await readFile(`/proc/${child.pid}/stat`, "utf8")).split(") ")[1].split(" ").slice(11, 13).map(Number);
      return (user + system) / TICKS;
    },
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** Tries again until it works. @returns milliseconds since `start` (performance.now()) */
export async function until(attempt: () => Promise<void>, start = performance.now()): Promise<number> {
  for (;;) {
    try {
      await attempt();
      return performance.now() - start;
    } catch {
      await pause(2);
    }
  }
}

/** Settles when the service is ready. */
export function ready({ url }: Served, start?: number): Promise<number> {
  return until(async () => {
    if (!(await fetch(`${url}/readyz`)).ok) throw new Error("not yet");
  }, start);
}

export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)];
}

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
