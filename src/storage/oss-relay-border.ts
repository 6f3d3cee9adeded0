import type { IncomingMessage } from "node:http";
import { checkKey } from "./names.js";
import type { OssRequest } from "./oss-errors.js";

/** Part of a bucket: all objects whose keys begin with `prefix`, which ends with `/`. */
export interface Territory {
  bucket: string;
  prefix: string;
}

/** A request that may be sent on. */
export interface Passing {
  method: string;
  /** Empty for what concerns the bucket. */
  key: string;
  parameters: Record<string, string>;
  headers: Record<string, string>;
  permission: OssRequest["permission"];
  /** The body names keys: they have to be looked at with `checkKeys`. */
  namesKeys: boolean;
}

/** Is not sent on; the message says why. */
export class NotPassing extends Error {}

/** What may be asked, by method and parameters: of an object. */
const OF_OBJECT = new Map<string, OssRequest["permission"]>([
  ["GET", "oss:GetObject"],
  ["HEAD", "oss:GetObject"],
  ["PUT", "oss:PutObject"],
  ["POST uploads", "oss:PutObject"],
  ["PUT partNumber uploadId", "oss:PutObject"],
  ["POST uploadId", "oss:PutObject"],
  ["DELETE uploadId", "oss:AbortMultipartUpload"],
  ["DELETE", "oss:DeleteObject"],
]);
/** Parameters of lists. */
const OF_LIST = ["list-type", "prefix", "delimiter", "continuation-token", "start-after", "marker", "max-keys", "encoding-type", "fetch-owner"];
/** Headers that are sent on, besides `x-oss-*`. */
const HEADERS = /^(content-(type|md5|length|encoding|disposition|language)|cache-control|expires|range|if-.*|accept-encoding)$/;
/** Those that signing gives. */
const SIGNING = /^x-oss-(date|security-token|content-sha256|user-agent)$/;

/**
 * Reads a request as it came from the gallery's library, the bucket in its path.
 * @throws NotPassing for whatever is not about objects of the territory, or is none of the requests that it takes to keep them
 */
export function passing({ method = "", url = "", headers }: IncomingMessage, territory: Territory): Passing {
  const [path, query = ""] = url.split("?", 2);
  const [bucket, ...rest] = path.slice(1).split("/").map(decoded);
  if (bucket !== territory.bucket) throw new NotPassing("another bucket");
  const key = rest.join("/");
  const parameters = Object.fromEntries(query.split("&").filter(Boolean).map((pair) => [pair.split("=", 1)[0], pair.slice(pair.indexOf("=") + 1 || pair.length)].map(decoded))) as Record<string, string>;
  const copied = headers["x-oss-copy-source"];
  if (copied !== undefined) checkWithin(decoded(String(copied)).replace(`/${bucket}/`, ""), territory);
  const request = { method, key, parameters, headers: kept(headers), namesKeys: false };
  const names = Object.keys(parameters).sort();
  if (key !== "") {
    checkWithin(key, territory);
    const permission = OF_OBJECT.get([method, ...names].join(" "));
    if (permission) return { ...request, permission };
  } else if (method === "POST" && names.join() === "delete") {
    return { ...request, permission: "oss:DeleteObject", namesKeys: true };
  } else if (method === "GET" && names.every((name) => OF_LIST.includes(name))) {
    if (!(parameters.prefix ?? "").startsWith(territory.prefix)) throw new NotPassing("a list of more than the gallery");
    return { ...request, permission: "oss:ListObjects" };
  }
  throw new NotPassing("a request that no gallery needs");
}

/** `<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object>…</Delete>` and nothing else. */
const DELETE = /^\s*(?:<\?xml[^<>]*\?>\s*)?<Delete>\s*(?:<Quiet>\w+<\/Quiet>\s*)?(?:<Object>\s*<Key>[^<>]+<\/Key>\s*<\/Object>\s*)*<\/Delete>\s*$/;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * The keys that a batch deletes.
 * @throws NotPassing where one is outside of the territory
 */
export function checkKeys(body: Uint8Array, territory: Territory): void {
  const document = Buffer.from(body).toString();
  if (!DELETE.test(document)) throw new NotPassing("a batch in another form");
  for (const [, text] of document.matchAll(/<Key>([^<>]+)<\/Key>/g)) {
    const key = text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex: string, decimal: string, name: string) => (name ? (ENTITIES[name] ?? "/") : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal))));
    checkWithin(key, territory);
  }
}

function checkWithin(key: string, { prefix }: Territory): void {
  try {
    checkKey(key);
  } catch {
    throw new NotPassing("a key that leads elsewhere");
  }
  if (!key.startsWith(prefix)) throw new NotPassing("an object that is not the gallery's");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new NotPassing("an address that is not percent-encoded UTF-8");
  }
}

function kept(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HEADERS.test(name) || (name.startsWith("x-oss-") && !SIGNING.test(name))).map(([name, value]) => [name, String(value)]));
}
