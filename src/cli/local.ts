import { randomUUID } from "node:crypto";
import type { Config } from "../config.js";
import { receiveEvents } from "../events/receive.js";
import type { ObjectData } from "../events/result-schema.js";
import { logOf, startService } from "../service.js";
import { type FolderChange, watchFolder } from "../sources/folder.js";
import { encodeEvent, notificationEvent, ossRecord } from "../sources/notification.js";
import { createLog, type Log } from "../telemetry/log.js";
import { Turns } from "../turns.js";
import type { CommandOptions } from "./command.js";
import { printLine, readerGone, ReaderGone, tell } from "./output.js";

export interface LocalOptions {
  config: Config;
  /** Folder whose sub-folder `bucket` is the bucket. */
  root: string;
  bucket: string;
  /** Also what is in the folder already. */
  existing: boolean;
  /** Print what the pod's log would hold, too. */
  podLog: boolean;
  /** What became of each photo; nothing where the service had no result for it: why is said. */
  onAnswer: (data: ObjectData | undefined) => void;
}

export interface Local {
  url: string;
  /** Begins no more photos, and finishes those in work. */
  close(): Promise<void>;
}

/** The option of both commands that run the system here. */
export const POD_LOG: CommandOptions = { "pod-log": { type: "boolean", help: "also print what the pod's log would hold" } };

/** Enough to keep workers busy, and never more than the service lets in. */
const EVENTS_PER_WORKER = 2;

/** The whole system on this machine, on loopback only: a folder as the bucket, its changes as CloudEvents over HTTP. */
export async function startLocal({ config, root, bucket, existing, podLog, onAnswer }: LocalOptions): Promise<Local> {
  const log = podLog ? logOf(config) : shortLog();
  const open = { authToken: undefined, oidcAudience: undefined }; // nobody but us is told the port
  const local: Config = { ...config, ...open, storage: root, port: 0, metricsPort: 0, queue: Math.max(config.queue, config.workers * EVENTS_PER_WORKER), queueBytes: Infinity, results: ["log", "reply"] };
  const service = await startService(local, { host: "127.0.0.1", log });
  await service.ready;

  let closing = false;
  const sent = new Set<Promise<void>>();
  const turns = new Turns(config.workers * EVENTS_PER_WORKER);
  async function post({ bucket, key, size, change }: FolderChange) {
    const eventName = change === "created" ? "ObjectCreated:PutObject" : "ObjectRemoved:DeleteObject";
    const { headers, body } = encodeEvent(notificationEvent(ossRecord({ bucket, key, size, eventName }), { as: "eventbridge", id: randomUUID() }), "binary");
    const response = await fetch(service.url, { method: "POST", headers, body });
    const answer = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) log.line("error", `${key}: ${response.status} ${Buffer.from(answer).toString()}`);
    return response.status === 200 ? dataOf(Object.fromEntries(response.headers), answer) : undefined;
  }
  async function deliver(object: FolderChange) {
    await turns.next();
    if (closing) return turns.end();
    const data = await post(object).catch((error: Error) => log.line("error", `${object.key}: ${error.message}`));
    turns.end();
    whileRead(() => onAnswer(data ?? undefined));
  }
  const watcher = watchFolder({
    root,
    bucket,
    existing,
    onError: (error) => log.line("error", `${bucket}: ${String(error)}`),
    onObject(object) {
      if (object.change === "removed" && !config.gallery) return; // it would ask for nothing
      const posted = deliver(object);
      sent.add(posted);
      void posted.then(() => sent.delete(posted));
    },
  });
  await watcher.ready;
  return {
    url: service.url,
    async close() {
      closing = true;
      await watcher.close();
      await Promise.all(sent);
      await service.close();
    },
  };
}

/** What is worth a word where results are printed by themselves. */
function shortLog(): Log {
  return {
    ...createLog({ format: "text", level: "warn", write: tell }),
    audit: () => undefined,
    skipped: (what, reason) => whileRead(() => printLine(`skipped ${what}: ${reason}`)),
  };
}

/** A reader that is gone interrupts the command, and nothing else. */
function whileRead(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  }
}

/** The result in the reply, which is our own. */
function dataOf(headers: Record<string, string>, body: Uint8Array): ObjectData {
  const [event] = receiveEvents(headers, body).events;
  return JSON.parse(Buffer.from(event.data?.bytes ?? []).toString()) as ObjectData;
}

/** Settles at the first SIGINT or SIGTERM, or when nobody reads the output any more. */
export function interrupted(): Promise<void> {
  const signalled = new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve()).once("SIGTERM", () => resolve());
  });
  return Promise.race([signalled, readerGone]);
}
