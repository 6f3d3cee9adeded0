import { createHash, randomUUID } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { basename, dirname, relative, sep } from "node:path";
import type { Config } from "../config.js";
import { encodeEvent, NOTIFICATION_FORMS, notificationEvent, type NotificationForm, ossRecord, type OssChange } from "../sources/notification.js";
import { type Command, UsageError } from "./command.js";
import { print, tell } from "./output.js";

const MODES = ["binary", "structured", "batch"] as const;
type Mode = (typeof MODES)[number];

export const command: Command = {
  summary: "one OSS event about a photo, in any of the encodings, for trying things",
  usage: "PATH | oss://BUCKET/KEY --to URL",
  options: {
    to: { type: "string", value: "URL", help: "the service or a Broker's ingress" },
    as: { type: "string", value: "FORM", help: `${NOTIFICATION_FORMS.join(", ")} (default eventbridge)` },
    mode: { type: "string", value: "MODE", help: `${MODES.join(", ")} (default binary)` },
    bucket: { type: "string", value: "NAME", help: "by default the folder that PATH is in" },
    key: { type: "string", value: "KEY", help: "by default the name of the file" },
    removed: { type: "boolean", help: "say that it was removed (ObjectRemoved:DeleteObject)" },
    id: { type: "string", value: "ID", help: "of the event; by default a new one" },
  },
  async run({ config, options, paths: [path, ...more] }) {
    const to = options.to;
    if (path === undefined || more.length > 0 || typeof to !== "string" || !/^https?:\/\//.test(to) || !URL.canParse(to)) {
      throw new UsageError("send needs one photo and an address that begins with http:// or https://: oss-faces send PATH --to URL");
    }
    const as = choice("--as", options.as ?? "eventbridge", NOTIFICATION_FORMS);
    const mode = choice("--mode", options.mode ?? "binary", MODES);
    const fields = { ...(await describe(path, config)), ...only({ bucket: options.bucket, key: options.key }), ...(options.removed && { eventName: "ObjectRemoved:DeleteObject" }) };
    return send(to, fields, { as, mode, id: String(options.id ?? randomUUID()), deadline: config.eventDeadline, token: config.authToken });
  },
};

/** Prints status and reply; the exit code is 0 where the answer was 2xx. */
async function send(to: string, fields: OssChange, { as, mode, id, deadline, token }: { as: NotificationForm; mode: Mode; id: string; deadline: number; token?: string }) {
  const { headers, body } = encodeEvent(notificationEvent(ossRecord(fields), { as, id }), mode);
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const response = await fetch(to, { method: "POST", headers, body, signal: AbortSignal.timeout(deadline + 5000) }).catch((error: Error) => {
    tell(`${to} does not answer: ${error.cause instanceof Error ? error.cause.message : error.message}\n`);
  });
  if (!response) return 1;
  print(`${response.status} ${response.statusText}\n`);
  for (const [name, value] of response.headers) {
    if (/^(ce-|content-type|retry-after)/.test(name)) print(`${name}: ${value}\n`);
  }
  const text = await response.text();
  if (text) print(`\n${text}\n`);
  return response.ok ? 0 : 1;
}

/** The record of a local file (its place in the STORAGE folder, else its folder as the bucket) or of an object by name only. */
async function describe(path: string, { storage, ossRegion }: Config): Promise<OssChange> {
  const region = ossRegion?.replace(/^oss-/, "");
  const [, bucket, key] = /^oss:\/\/([^/]+)\/(.+)$/s.exec(path) ?? [];
  if (bucket && key) return { bucket, key, ...only({ region }) };
  const bytes = await readFile(path).catch((error: Error) => {
    throw new UsageError(`${path}: ${error.message}`);
  });
  const file = await realpath(path);
  const inStorage = storage === "oss" ? ".." : relative(await realpath(storage), file);
  const [folder, ...rest] = inStorage.split(sep);
  const place = folder !== ".." && rest.length > 0 ? { bucket: folder, key: rest.join("/") } : { bucket: basename(dirname(file)), key: basename(file) };
  const etag = createHash("md5").update(bytes).digest("hex").toUpperCase();
  return { ...place, size: bytes.length, etag, ...only({ region }) };
}

function choice<const T extends string>(name: string, value: string | boolean, choices: readonly T[]): T {
  const found = choices.find((one) => one === value);
  if (!found) throw new UsageError(`${name} ${value}: must be one of ${choices.join(", ")}`);
  return found;
}

/** Without what is undefined. */
function only<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: string };
}
