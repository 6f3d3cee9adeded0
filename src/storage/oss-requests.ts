import type OSS from "ali-oss";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { ObjectRef, ObjectStat } from "./object-store.js";
import { ask, type OssAccess } from "./oss-client.js";
import { OssFault } from "./oss-errors.js";

const headersSchema = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
export type Headers = z.infer<typeof headersSchema>;

/** An object that is about to arrive. */
export interface Download {
  response: IncomingMessage;
  headers: Headers;
}

/** All requests throw as `ask` does. */
export async function download(access: OssAccess, ref: ObjectRef, signal: AbortSignal): Promise<Download> {
  const answer = await ask(access, ref, (client) => client.getStream(ref.key, { ctx: { signal } } as OSS.GetStreamOptions));
  return { response: answer.stream as IncomingMessage, headers: headersSchema.parse((answer.res as { headers: unknown }).headers) };
}

const headSchema = z.object({ "content-length": z.coerce.number(), "last-modified": z.coerce.date(), etag: z.string().optional() });

export async function head(access: OssAccess, ref: ObjectRef, signal: AbortSignal): Promise<ObjectStat> {
  const { res } = await ask(access, ref, (client) => client.head(ref.key, { ctx: { signal } } as OSS.HeadObjectOptions));
  const headers = understood(headSchema, res.headers);
  return { key: ref.key, size: headers["content-length"], ...etagOf(headers), lastModified: headers["last-modified"] };
}

/** Part of a list of objects. */
export interface Page {
  objects: ObjectStat[];
  /** For the next page; absent at the last one. */
  token?: string;
}

/**
 * With keys percent-encoded, XML carries characters that it does not know. Another server's page would look like the
 * end of an empty bucket, were the number of keys not checked.
 */
const pageSchema = z
  .object({
    objects: z.array(z.object({ name: z.string().min(1).transform(unescaped), size: z.number(), etag: z.string().optional(), lastModified: z.coerce.date() })),
    keyCount: z.number(),
    isTruncated: z.boolean(),
    nextContinuationToken: z.string().min(1).transform(unescaped).nullable(),
  })
  .refine(({ objects, keyCount }) => objects.length === keyCount)
  .refine(({ isTruncated, nextContinuationToken }) => !isTruncated || nextContinuationToken !== null);

/** Up to 1,000 objects whose keys begin with that of `ref`; one request of ListObjectsV2. */
export async function page(access: OssAccess, ref: ObjectRef, token: string | undefined, signal: AbortSignal): Promise<Page> {
  const query: OSS.ListV2ObjectsQuery = {
    "max-keys": 1000,
    "encoding-type": "url",
    ...(ref.key && { prefix: ref.key }),
    ...(token && { "continuation-token": token }),
  };
  const answer = await ask(access, ref, (client) => client.listV2(query, { ctx: { signal } } as OSS.RequestOptions));
  const { objects, isTruncated, nextContinuationToken } = understood(pageSchema, answer);
  return {
    objects: objects.map(({ name, ...object }) => ({ key: name, size: object.size, ...etagOf(object), lastModified: object.lastModified })),
    ...(isTruncated && nextContinuationToken !== null && { token: nextContinuationToken }),
  };
}

/** OSS answers the same where there is no such object. */
export async function erase(access: OssAccess, ref: ObjectRef, signal: AbortSignal): Promise<void> {
  await ask(access, ref, (client) => client.delete(ref.key, { ctx: { signal } } as OSS.RequestOptions));
}

/** As ObjectStat has it. */
export function etagOf({ etag }: { etag?: string | string[] }): { etag?: string } {
  return etag ? { etag: String(etag).replaceAll('"', "").toUpperCase() } : {};
}

/** As `encoding-type=url` has it, where a space may be a plus. */
function unescaped(text: string, context: z.RefinementCtx): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    context.addIssue("is not percent-encoded UTF-8");
    return z.NEVER;
  }
}

function understood<T>(schema: z.ZodType<T>, answer: unknown): T {
  const { data, error } = schema.safeParse(answer);
  if (error) throw new OssFault("not in OSS's words", 200);
  return data;
}
