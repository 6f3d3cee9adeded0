import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type BodyFault, type Fault, type Refusal, sendBody, sendError } from "./oss-faults.js";
import { listDocument } from "./oss-list.js";
import { canonicalRequest, parseAuthorization, signatureMatches, stringToSign } from "./oss-signature.js";

export type { Fault } from "./oss-faults.js";

export interface OssServerOptions {
  accessKeyId: string;
  accessKeySecret: string;
  /** Requests have to carry it. */
  sessionToken?: string;
  region?: string;
  /** Bytes by `bucket/key`. */
  objects?: Record<string, Uint8Array>;
  /** Milliseconds: OSS's clock. */
  now?: () => number;
  /** Objects of one part of a list; 1,000 as OSS has it. */
  pageSize?: number;
}

export interface OssServer {
  /** `http://127.0.0.1:<port>`, for OSS_ENDPOINT. */
  readonly url: string;
  /** What was asked for, in order, with the answer's status (0: none). */
  readonly requests: { method: string; bucket: string; key: string; status: number; host: string; headers: IncomingMessage["headers"] }[];
  /** The keys that are taken; may be changed while it runs. */
  readonly keys: { accessKeyId: string; accessKeySecret: string; sessionToken?: string };
  /** Puts an object, and makes its bucket. */
  put(bucket: string, key: string, bytes: Uint8Array, meta?: Record<string, string>): void;
  remove(bucket: string, key: string): void;
  /** The keys that there are, with their buckets. */
  names(): string[];
  /** The next answers for this key (that of a list is empty), one fault each; `undefined` stands for a good answer. The last one stays. */
  fault(key: string, ...faults: (Fault | undefined)[]): void;
  /** How many connections were made so far. */
  readonly connections: number;
  /** Settles once no connection is open. */
  unconnected(): Promise<void>;
  close(): Promise<void>;
}

const SKEW = 15 * 60_000;
/** What an answer begins with. */
const HEAD = "HTTP/1.1 200 OK\r\nServer: AliyunOSS\r\nContent-Length: 300\r\n";
/** An object with what OSS keeps beside its bytes. */
export interface StoredBytes {
  bytes: Uint8Array;
  meta: Record<string, string>;
  lastModified: Date;
}

/**
 * GET, HEAD, DELETE and ListObjectsV2 of OSS over HTTP on loopback: signature V4 checked by its specification, errors as OSS writes them, and the
 * faults that tests ask for. Bucket in the host name or, for an address or a name of one label, in the path.
 */
export async function startOssServer(options: OssServerOptions): Promise<OssServer> {
  const { region = "cn-hangzhou", now = Date.now, pageSize = 1000 } = options;
  const objects = new Map<string, StoredBytes>();
  const faults = new Map<string, (Fault | undefined)[]>();
  const requests: OssServer["requests"] = [];
  const keys: OssServer["keys"] = { accessKeyId: options.accessKeyId, accessKeySecret: options.accessKeySecret, sessionToken: options.sessionToken };
  const buckets = new Set<string>();
  const served = new WeakSet<Socket>();
  const put: OssServer["put"] = (bucket, key, bytes, meta = {}) => {
    buckets.add(bucket);
    objects.set(`${bucket}/${key}`, { bytes, meta, lastModified: new Date(Math.trunc(now() / 1000) * 1000) });
  };
  for (const [name, bytes] of Object.entries(options.objects ?? {})) {
    const slash = name.indexOf("/");
    put(name.slice(0, slash), name.slice(slash + 1), bytes);
  }

  function refusalOf(request: IncomingMessage, bucket: string, key: string): Refusal | undefined {
    const { authorization, "x-oss-date": date, "x-oss-security-token": token } = request.headers;
    const signed = parseAuthorization(authorization);
    if (!signed) return { status: 403, code: "AccessDenied", message: "Anonymous user has no right to access this bucket." };
    if (signed.region !== region) return { status: 400, code: "InvalidArgument" };
    if (Math.abs(timeOf(String(date)) - now()) > SKEW) return { status: 403, code: "RequestTimeTooSkewed" };
    if (signed.accessKeyId !== keys.accessKeyId) return { status: 403, code: "InvalidAccessKeyId", extra: { OSSAccessKeyId: signed.accessKeyId } };
    if (token !== keys.sessionToken) return { status: 403, code: "SecurityTokenExpired", extra: { SecurityToken: String(token) } };
    const canonical = canonicalRequest(request, bucket, key, signed.additionalHeaders);
    const text = stringToSign(request, signed, canonical);
    if (!signatureMatches(text, signed, keys.accessKeySecret)) {
      const extra = { OSSAccessKeyId: signed.accessKeyId, SignatureProvided: signed.signature, StringToSign: text, CanonicalRequest: canonical };
      return { status: 403, code: "SignatureDoesNotMatch", extra };
    }
    if (!buckets.has(bucket)) return { status: 404, code: "NoSuchBucket" };
    if (key !== "" && request.method !== "DELETE" && !objects.has(`${bucket}/${key}`)) return { status: 404, code: "NoSuchKey", extra: { Key: key } };
    return undefined;
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { bucket, key } = addressed(request);
    const { method = "GET" } = request;
    const entry = { method, bucket, key, status: 0, host: request.headers.host ?? "", headers: request.headers };
    requests.push(entry);
    const queue = faults.get(key);
    const fault = queue && queue.length > 1 ? queue.shift() : queue?.[0];
    if (fault === "silent") return;
    const isReused = served.has(request.socket);
    served.add(request.socket);
    if (fault === "reset" || (fault === "stale" && isReused)) return void request.socket.resetAndDestroy();
    if (typeof fault === "object" && "head" in fault) return void request.socket.write(HEAD.slice(0, fault.head), () => request.socket.resetAndDestroy());
    response.setHeader("date", new Date(now()).toUTCString());
    response.setHeader("x-oss-request-id", createHash("md5").update(String(requests.length)).digest("hex").slice(0, 24).toUpperCase());
    const injected = typeof fault === "object" && "status" in fault ? fault : undefined;
    const refusal = injected ?? refusalOf(request, bucket, key);
    const object = objects.get(`${bucket}/${key}`);
    entry.status = refusal?.status ?? 200;
    if (refusal) sendError(response, refusal);
    else if (typeof fault === "object" && "page" in fault) response.writeHead(200).end(fault.page);
    else if (key === "") sendBody(response, listDocument(objects, bucket, new URL(request.url ?? "", "http://oss").searchParams, pageSize), fault as BodyFault | undefined);
    else if (method === "DELETE") {
      objects.delete(`${bucket}/${key}`);
      entry.status = 204;
      response.writeHead(204).end();
    } else if (object) sendObject(response, object, fault as BodyFault | undefined);
  }

  const server = createServer(answer);
  server.keepAliveTimeout = 0; // a connection that a client forgot stays open, so that a test sees it
  const sockets = new Set<Socket>();
  const closings = new EventEmitter();
  let connections = 0;
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) closings.emit("unconnected");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    keys,
    put,
    remove: (bucket, key) => void objects.delete(`${bucket}/${key}`),
    names: () => [...objects.keys()],
    fault: (key, ...list) => void faults.set(key, list),
    get connections() {
      return connections;
    },
    async unconnected() {
      if (sockets.size > 0) await once(closings, "unconnected");
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The bucket is the first label of the host, or the first segment of the path where the host is an address or one label. */
function addressed(request: IncomingMessage): { bucket: string; key: string } {
  const host = (request.headers.host ?? "").replace(/:\d+$/, "");
  const path = decodeURIComponent((request.url ?? "/").split("?")[0]?.slice(1) ?? "");
  if (host.includes(".") && !/^[\d.]+$/.test(host)) return { bucket: host.split(".")[0] ?? "", key: path };
  const slash = path.indexOf("/");
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}

/** `20250102T030405Z` */
function timeOf(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function sendObject(response: ServerResponse, { bytes, meta, lastModified }: StoredBytes, fault: BodyFault | undefined): void {
  const md5 = createHash("md5").update(bytes).digest();
  for (const [name, value] of Object.entries(meta)) response.setHeader(`x-oss-meta-${name}`, value);
  response.setHeader("content-type", "application/octet-stream");
  response.setHeader("content-md5", typeof fault === "object" && "md5" in fault ? fault.md5 : md5.toString("base64"));
  response.setHeader("etag", `"${md5.toString("hex").toUpperCase()}"`);
  response.setHeader("last-modified", lastModified.toUTCString());
  response.setHeader("x-oss-object-type", "Normal");
  sendBody(response, bytes, fault);
}
