import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { canonicalRequest, parseAuthorization, signatureMatches, stringToSign } from "../storage/oss-signature.js";

export interface OssBucketServer {
  readonly url: string;
  /** By key. */
  readonly objects: Map<string, Buffer>;
  /** Gives requests an error, where it is set and says so. */
  failing: ((method: string, key: string) => { status: number; code: string } | undefined) | undefined;
  /** The keys that are taken; may be changed while it runs. */
  keys: Keys;
  readonly requests: { method: string; key: string; query: string; status: number; headers: IncomingMessage["headers"] }[];
  close(): Promise<void>;
}

export interface Keys {
  accessKeyId: string;
  accessKeySecret: string;
  sessionToken: string;
}

/**
 * A bucket of OSS in cn-hangzhou that can be written, listed and deleted from, on loopback, bucket in the Host header: as
 * much as the gallery's library uses. Signatures of version 4 are checked, and `x-oss-forbid-overwrite` is kept.
 */
export async function startOssBucketServer(bucket: string, keys: Keys): Promise<OssBucketServer> {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Buffer[]>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => answer(request, response, Buffer.concat(pieces)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const started: OssBucketServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    failing: undefined,
    keys,
    requests: [],
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { pathname, search, searchParams: query } = new URL(request.url ?? "/", "http://oss");
    const key = decodeURIComponent(pathname).slice(1);
    const { keys } = started;
    const forbidOverwrite = request.headers["x-oss-forbid-overwrite"] === "true";
    const end = (status: number, content: Buffer | string = "", headers: Record<string, string | number> = {}) => {
      started.requests.push({ method: request.method!, key, query: search, status, headers: request.headers });
      const bytes = Buffer.from(content);
      response.writeHead(status, { "x-oss-request-id": "0", "content-length": bytes.length, ...headers });
      response.end(request.method === "HEAD" ? undefined : bytes);
    };
    const refuse = (status: number, code: string) => {
      const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message><OSSAccessKeyId>${keys.accessKeyId}</OSSAccessKeyId></Error>`;
      end(status, text, { "content-type": "application/xml", ...(request.method === "HEAD" && { "x-oss-err": Buffer.from(text).toString("base64") }) });
    };

    const fault = started.failing?.(request.method!, key);
    if (fault) return refuse(fault.status, fault.code);
    if (request.headers["x-oss-security-token"] !== keys.sessionToken) return refuse(403, "SecurityTokenExpired");
    const signed = parseAuthorization(request.headers.authorization);
    if (signed?.accessKeyId !== keys.accessKeyId || signed.region !== "cn-hangzhou") return refuse(403, "InvalidAccessKeyId");
    const canonical = canonicalRequest(request, bucket, key, signed.additionalHeaders);
    if (!signatureMatches(stringToSign(request, signed, canonical), signed, keys.accessKeySecret)) return refuse(403, "SignatureDoesNotMatch");
    if (request.headers.host !== `${bucket}.oss-cn-hangzhou.aliyuncs.com`) return refuse(404, "NoSuchBucket");
    const stored = objects.get(key);
    switch (request.method) {
      case "PUT":
        if (query.has("uploadId")) {
          uploads.get(query.get("uploadId")!)![Number(query.get("partNumber"))] = body;
          return end(200, "", { etag: '"0"' });
        }
        if (forbidOverwrite && stored) return refuse(409, "FileAlreadyExists");
        objects.set(key, body);
        return end(200, "", { etag: etagOf(body) });
      case "POST":
        if (query.has("uploads")) {
          const id = String(uploads.size + 1);
          uploads.set(id, []);
          return end(200, `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
        }
        if (query.has("delete")) {
          for (const [, named] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) objects.delete(named);
          return end(200, "<DeleteResult></DeleteResult>");
        }
        objects.set(key, Buffer.concat(uploads.get(query.get("uploadId")!)!.slice(1)));
        return end(200, `<CompleteMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${key}</Key><ETag>"0"</ETag></CompleteMultipartUploadResult>`);
      case "DELETE":
        objects.delete(key);
        return end(204);
      default:
        if (key === "") return end(200, listing(query), { "content-type": "application/xml" });
        return stored ? read(request, end, stored) : refuse(404, "NoSuchKey");
    }
  }

  function listing(query: URLSearchParams): string {
    const [prefix, delimiter] = [query.get("prefix") ?? "", query.get("delimiter") ?? ""];
    const folders = new Set<string>();
    const files = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort().filter((key) => {
      const slash = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      if (slash >= 0) folders.add(key.slice(0, slash + 1));
      return slash < 0;
    });
    const contents = files.map((key) => `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>${etagOf(objects.get(key)!)}</ETag><Size>${objects.get(key)!.length}</Size></Contents>`);
    const prefixes = [...folders].map((folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`);
    return `<?xml version="1.0"?><ListBucketResult><Name>${bucket}</Name><Prefix>${prefix}</Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><KeyCount>${files.length}</KeyCount>${contents.join("")}${prefixes.join("")}</ListBucketResult>`;
  }

  return started;
}

const etagOf = (bytes: Buffer) => `"${createHash("md5").update(bytes).digest("hex").toUpperCase()}"`;

function read(request: IncomingMessage, end: (status: number, content: Buffer, headers: Record<string, string>) => void, bytes: Buffer): void {
  const headers = { etag: etagOf(bytes), "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (from === undefined) return end(200, bytes, headers);
  const last = to === "" ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1);
  end(206, bytes.subarray(Number(from), last + 1), { ...headers, "content-range": `bytes ${from}-${last}/${bytes.length}` });
}
