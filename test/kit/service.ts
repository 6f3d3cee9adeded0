import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readConfig } from "../../src/config.js";
import type { FacePool } from "../../src/faces/engine.js";
import { samplePhotos } from "../../src/samples.js";
import { startService, type Service } from "../../src/service.js";
import { encodeEvent, type EncodingMode, type NotificationForm, notificationEvent, type OssChange, ossRecord } from "../../src/sources/notification.js";
import { withoutTestSecrets } from "./test-secrets.js";
import { createLog } from "../../src/telemetry/log.js";

/** One of the six photos that come with face-api; they show 3, 3, 3, 4, 5 and 4 faces. */
export const sample = (number: number) => samplePhotos()[number - 1];

/** A folder whose sub-folder `photos` is a bucket; removed by `remove`. */
export async function folderBucket(): Promise<{ root: string; path: (key: string) => string; copySample: (number: number, key: string) => Promise<void>; remove: () => Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "oss-faces-test-"));
  await mkdir(join(root, "photos"));
  const path = (key: string) => join(root, "photos", key);
  return {
    root,
    path,
    async copySample(number, key) {
      await mkdir(dirname(path(key)), { recursive: true });
      await copyFile(sample(number), path(key));
    },
    remove: () => rm(root, { recursive: true }),
  };
}

export interface TestService extends Service {
  /** What was logged so far, as text. */
  log: () => string;
}

/** The real service on loopback, one worker (or those of a pool that is there), with the given environment. */
export async function start(env: Record<string, string>, pool?: FacePool): Promise<TestService> {
  const lines: string[] = [];
  const config = readConfig({ PORT: "0", METRICS_PORT: "0", WORKERS: "1", ...env });
  const log = createLog({ format: config.logFormat, level: config.logLevel, write: (text) => lines.push(withoutTestSecrets(text)) });
  const service = await startService(config, { host: "127.0.0.1", log, pool });
  return { ...service, log: () => lines.join("") };
}

/** One OSS notification about an object. */
export function notification(change: OssChange, as: NotificationForm = "eventbridge", id = "1") {
  const record = ossRecord(change);
  return notificationEvent(record, { as, id });
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

export async function send(url: string, headers: Record<string, string>, body = ""): Promise<Answer> {
  const response = await fetch(url, { method: "POST", headers, body });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export function sendEvent(url: string, event: Parameters<typeof encodeEvent>[0], mode: EncodingMode = "binary"): Promise<Answer> {
  const { headers, body } = encodeEvent(event, mode);
  return send(url, headers, body);
}
