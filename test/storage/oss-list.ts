import { createHash } from "node:crypto";
import type { StoredBytes } from "./oss-server.js";
import { percentEncode } from "./oss-signature.js";

/**
 * The answer to ListObjectsV2, its keys in the order of their bytes. What `encoding-type=url` encodes is encoded,
 * the token too; the token itself is one that has to be escaped in an address.
 * Source: https://www.alibabacloud.com/help/en/oss/developer-reference/listobjectsv2
 */
export function listDocument(objects: Map<string, StoredBytes>, bucket: string, query: URLSearchParams, pageSize: number): Buffer {
  const prefix = query.get("prefix") ?? "";
  const after = query.get("continuation-token");
  const encode = query.get("encoding-type") === "url" ? percentEncode : (text: string) => text;
  const keys = [...objects.keys()]
    .filter((name) => name.startsWith(`${bucket}/${prefix}`))
    .map((name) => name.slice(bucket.length + 1))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .filter((key) => after === null || Buffer.compare(Buffer.from(key), Buffer.from(after.slice("+/=".length), "base64")) > 0);
  const part = keys.slice(0, Math.min(pageSize, Number(query.get("max-keys") ?? 100)));
  const isTruncated = part.length < keys.length;
  const token = isTruncated ? `<NextContinuationToken>${encode(`+/=${Buffer.from(part.at(-1) ?? "").toString("base64")}`)}</NextContinuationToken>` : "";
  const contents = part.map((key) => {
    const { bytes, lastModified } = objects.get(`${bucket}/${key}`)!;
    const etag = createHash("md5").update(bytes).digest("hex").toUpperCase();
    return `<Contents><Key>${encode(key)}</Key><LastModified>${lastModified.toISOString()}</LastModified><ETag>"${etag}"</ETag><Type>Normal</Type><Size>${bytes.length}</Size><StorageClass>Standard</StorageClass></Contents>`;
  });
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult>
  <Name>${bucket}</Name><Prefix>${encode(prefix)}</Prefix><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>
  <IsTruncated>${isTruncated}</IsTruncated><KeyCount>${part.length}</KeyCount>${token}
  ${contents.join("\n  ")}
</ListBucketResult>
`);
}
