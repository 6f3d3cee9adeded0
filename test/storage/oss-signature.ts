import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What a request was signed with, taken from its Authorization header. */
export interface Signed {
  accessKeyId: string;
  date: string;
  region: string;
  additionalHeaders: string[];
  signature: string;
}

/** The parts of `OSS4-HMAC-SHA256 Credential=<id>/<date>/<region>/oss/aliyun_v4_request,[AdditionalHeaders=a;b,]Signature=<hex>`. */
export function parseAuthorization(header: string | undefined): Signed | undefined {
  const match = /^OSS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/oss\/aliyun_v4_request,\s*(?:AdditionalHeaders=([^,]*),\s*)?Signature=([0-9a-f]{64})$/.exec(header ?? "");
  if (!match) return undefined;
  const [, accessKeyId = "", date = "", region = "", additional = "", signature = ""] = match;
  return { accessKeyId, date, region, additionalHeaders: additional.split(";").filter(Boolean), signature };
}

/** RFC 3986: everything but the unreserved characters is encoded. */
export function percentEncode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9\-._~]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/**
 * The canonical request of OSS signature version 4, from a request as it arrived.
 * Source: https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4
 */
export function canonicalRequest(request: IncomingMessage, bucket: string, key: string, additionalHeaders: string[]): string {
  const query = new URLSearchParams((request.url ?? "").split("?")[1] ?? "");
  const queries = [...query].map(([name, value]) => (value === "" ? percentEncode(name) : `${percentEncode(name)}=${percentEncode(value)}`));
  const isSigned = (name: string) => name.startsWith("x-oss-") || name === "content-type" || name === "content-md5" || additionalHeaders.includes(name);
  const headers = Object.keys(request.headers).filter(isSigned).sort();
  return [
    request.method,
    `/${bucket}/${percentEncode(key)}`.replaceAll("%2F", "/"),
    queries.sort().join("&"),
    headers.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join(""),
    additionalHeaders.join(";"),
    request.headers["x-oss-content-sha256"] ?? "UNSIGNED-PAYLOAD",
  ].join("\n");
}

export function stringToSign(request: IncomingMessage, { date, region }: Signed, canonical: string): string {
  const scope = `${date}/${region}/oss/aliyun_v4_request`;
  return ["OSS4-HMAC-SHA256", request.headers["x-oss-date"], scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
}

export function signatureMatches(text: string, { date, region, signature }: Signed, accessKeySecret: string): boolean {
  const key = [date, region, "oss", "aliyun_v4_request"].reduce<Buffer>(
    (chained, part) => createHmac("sha256", chained).update(part).digest(),
    Buffer.from(`aliyun_v4${accessKeySecret}`),
  );
  return timingSafeEqual(createHmac("sha256", key).update(text).digest(), Buffer.from(signature, "hex"));
}
