import type OSS from "ali-oss";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { StorageUnavailable } from "../errors.js";
import { nameOf, type ObjectRef, type ObjectStat } from "./object-store.js";
import { ask, type OssAccess } from "./oss-client.js";
import { OssFault } from "./oss-fault.js";
import type { Passing } from "./oss-relay-border.js";

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
  const response = answer.stream as IncomingMessage;
  const headers = headersSchema.parse((answer.res as { headers: unknown }).headers);
  if (headers.etag === undefined && headers["x-oss-request-id"] === undefined) {
    response.destroy();
    throw new StorageUnavailable(`${nameOf(ref)}: what answered is not OSS (neither ETag nor x-oss-request-id): some proxy's page?`); // it must not look like an object that is no picture
  }
  return { response, headers };
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

/** All objects whose keys begin with that of `ref`, part by part. */
export async function* allPages(ref: ObjectRef, pageAt: (token: string | undefined) => Promise<Page>): AsyncGenerator<ObjectStat, void> {
  let token: string | undefined;
  do {
    const { objects, token: next } = await pageAt(token);
    yield* objects;
    if (next !== undefined && next === token) throw new StorageUnavailable(`${nameOf(ref)}: OSS gave the same part of the list twice`);
    token = next;
  } while (token !== undefined);
}

/** OSS answers the same where there is no such object. */
export async function erase(access: OssAccess, ref: ObjectRef, signal: AbortSignal): Promise<void> {
  await ask(access, ref, (client) => client.delete(ref.key, { ctx: { signal } } as OSS.RequestOptions));
}

/** `request` of ali-oss's client, which its types leave out: any request to OSS. */
interface AnyRequest {
  request(parameters: { method: string; bucket: string; object?: string; subres: Record<string, string>; headers: Record<string, string>; customResponse: true; successStatuses: number[]; ctx: RequestContext }): Promise<{ res: IncomingMessage }>;
}

type RequestContext = Parameters<OssAccess["transport"]["request"]>[1]["ctx"];

/** Else ali-oss makes one out of the key: that of a web page's cache manifest for a version of a table. */
const TYPE = { "content-type": "application/octet-stream" };
const SUCCESS = [200, 201, 202, 204, 206];

/**
 * Sends a request that was made elsewhere; signing takes any body.
 * @param request `headers` in lower case and without those that signing gives; `parameters` decoded
 */
export async function passOn(access: OssAccess, { bucket, key }: ObjectRef, { method, parameters, headers }: Pick<Passing, "method" | "parameters" | "headers">, ctx: RequestContext): Promise<IncomingMessage> {
  const target = { bucket, ...(key && { object: key }) };
  const answer = await ask(access, { bucket, key }, (client) => (client as unknown as AnyRequest).request({ method, ...target, subres: parameters, headers: { ...TYPE, ...headers }, customResponse: true, successStatuses: SUCCESS, ctx }));
  return answer.res;
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
