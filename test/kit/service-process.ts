import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { endWithUs } from "./end-with-us.js";

/** One line of the log; what else is in it depends on its outcome (`src/telemetry/log.ts`). */
export interface LogLine {
  msg: string;
  outcome?: string;
  code?: string;
  what?: string;
  reason?: string;
  event?: { id: string; type: string };
  result?: { id: string; type: string; subject?: string; causationid?: string };
}

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The real `serve`, in a process of its own. */
export interface ServiceProcess {
  child: ChildProcess;
  port: number;
  url: string;
  /** All that was logged so far. */
  log: readonly LogLine[];
  /** The first line that fits, now or later. @throws Error where the process ends before */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Settles when the models are loaded. */
  ready: Promise<unknown>;
  exited: Promise<Exit>;
  /** SIGTERM. */
  stop(): Promise<Exit>;
}

export const ossFacesBin = fileURLToPath(new URL("../../../bin/oss-faces.js", import.meta.url));

/**
 * Starts it as the image does; settles when it listens.
 * @param each sees every line of the log
 */
export async function serveProcess(env: Record<string, string>, each?: (line: LogLine) => void): Promise<ServiceProcess> {
  const own = { PORT: "0", METRICS_PORT: "0", WORKERS: "1", LOG_FORMAT: "json" };
  const child = spawn(process.execPath, [...image().flags, ossFacesBin, "serve"], { env: { ...process.env, ...image().env, ...own, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  endWithUs(child);
  const exited = once(child, "exit").then(([code, signal]: (number | NodeJS.Signals | null)[]) => ({ code, signal }) as Exit);
  const log: LogLine[] = [];
  const lines = new EventEmitter().setMaxListeners(0);
  createInterface(child.stdout).on("line", (text) => {
    const line = parsed(text);
    if (!line) return;
    each?.(line);
    log.push(line);
    lines.emit("line", line);
  });
  const ended = once(child.stdout, "close").then(() => Promise.reject(new Error(`the service ended: ${log.at(-1)?.msg}`)));
  ended.catch(() => undefined); // whoever waits for a line sees it

  async function logged(fits: (line: LogLine) => boolean): Promise<LogLine> {
    const known = log.find(fits);
    if (known) return known;
    const later = new Promise<LogLine>((resolve) => lines.on("line", (line: LogLine) => fits(line) && resolve(line)));
    return Promise.race([later, ended]);
  }

  const ready = logged(({ msg }) => msg === "ready");
  ready.catch(() => undefined);
  const { msg } = await logged((line) => line.msg.startsWith("listening on port"));
  const port = Number(/\d+$/.exec(msg)?.[0]);
  const stop = () => (child.kill("SIGTERM"), exited);
  return { child, port, url: `http://127.0.0.1:${port}`, log, logged, ready, exited, stop };
}

/** Nothing where a process that was killed left half a line behind. */
function parsed(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}

/** How the Dockerfile's last target starts the service: variables, and what stands between `node` and the program. */
export function image(): { env: Record<string, string>; flags: string[] } {
  const dockerfile = readFileSync(fileURLToPath(new URL("../../../Dockerfile", import.meta.url)), "utf8");
  const last = (instruction: string) => [...dockerfile.matchAll(new RegExp(`^${instruction} (.*)$`, "gm"))].at(-1)?.[1] ?? "";
  const pairs = last("ENV").split(" ").map((pair) => pair.split("="));
  return { env: Object.fromEntries(pairs) as Record<string, string>, flags: (JSON.parse(last("ENTRYPOINT")) as string[]).slice(1, -1) };
}
