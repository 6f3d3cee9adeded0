import { inspect } from "node:util";
import type { Failure } from "../../src/errors.js";
import type { Credentials } from "../../src/storage/credentials.js";
import type { ObjectStore, ReadOptions } from "../../src/storage/object-store.js";
import { createOssStore } from "../../src/storage/oss.js";
import type { OssOptions } from "../../src/storage/oss.js";
import type { OssServer } from "./oss-server.js";

export const KEY = { accessKeyId: "LTAI5tTestKeyId0001", accessKeySecret: "tEsTsEcReT0123456789abcdefghij" } satisfies Credentials;

/** A store that reads from the server, with deadlines and waits fit for tests. */
export function storeOf(server: OssServer, options: Partial<OssOptions> = {}): ObjectStore {
  return createOssStore({
    endpoint: server.url,
    region: "cn-hangzhou",
    credentials: () => Promise.resolve(KEY),
    deadlines: { headers: 2_000, idle: 2_000 },
    backoff: 1,
    ...options,
  });
}

export function readOptions(options: Partial<ReadOptions> = {}): ReadOptions {
  return { maxBytes: 1 << 24, signal: new AbortController().signal, wanted: () => true, ...options };
}

/** The failure that a read ends with. */
export async function failureOf(read: Promise<unknown>): Promise<Failure> {
  return read.then(
    () => Promise.reject(new Error("the read succeeded")),
    (error: unknown) => error as Failure,
  );
}

/** All that a logger could print of an error: message, stack, properties (hidden ones too) and its whole chain of causes. */
export function everythingIn(error: unknown): string {
  return inspect(error, { depth: Infinity, showHidden: true, getters: true, maxStringLength: Infinity });
}

/** Bytes that differ for each text. */
export function bytesOf(text: string, length = 300): Buffer {
  return Buffer.alloc(length, Buffer.from(`${text}|`));
}
