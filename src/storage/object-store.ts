/** Names one object. */
export interface ObjectRef {
  bucket: string;
  key: string;
  /** As events say it: `cn-hangzhou`. */
  region?: string;
}

/** `photos/team.jpg`: as logs, messages and subjects name an object. */
export function nameOf({ bucket, key }: Pick<ObjectRef, "bucket" | "key">): string {
  return bucket === "" ? key : `${bucket}/${key}`; // without a bucket the key is a path
}

export interface ReadOptions {
  /** The most bytes an object may have; a larger one is refused before or while it is read. */
  maxBytes: number;
  /** Aborts the download and its retries. */
  signal: AbortSignal;
  /** Asked once with the first bytes (at least 64, or all there are): false ends the download there. */
  wanted: (head: Uint8Array) => boolean;
  /**
   * Waited for before the rest of a wanted object is read: `bytes` is what the store announced, or `maxBytes` where it
   * announced nothing. Rejects where the signal aborts first.
   */
  room?: (bytes: number) => Promise<void>;
}

export interface StoredObject {
  /** The whole object, or only its first bytes where `complete` is false. Owns its ArrayBuffer: it may be transferred. */
  bytes: Uint8Array<ArrayBuffer>;
  /** False where `wanted` turned the object down. */
  complete: boolean;
  /** Bytes of the whole object. */
  size: number;
  /** Of the bytes read; upper-case hex, unquoted. */
  etag?: string;
  /** The key that was read: the percent-decoded one where only that exists. */
  key: string;
  /** User metadata (`x-oss-meta-*` without the prefix). */
  userMeta: Record<string, string>;
  lastModified?: Date;
}

/** What is known of an object without its bytes. */
export interface ObjectStat {
  key: string;
  /** Bytes. */
  size: number;
  /** Upper-case hex, unquoted; where files are listed it is left out, for it takes reading them. */
  etag?: string;
  lastModified: Date;
}

/**
 * Where photos are. A key that an event named may be percent-encoded: `read` and `stat` try the decoded one where only
 * that exists, `remove` never does.
 * @throws ObjectNotFound, BucketNotFound, ObjectArchived, ObjectTooLarge, BadKey: trying again is no use
 * @throws StorageUnavailable, StorageTimeout, AccessDenied, CredentialsFailed: a retry may help
 */
export interface ObjectStore {
  read(ref: ObjectRef, options: ReadOptions): Promise<StoredObject>;
  /** @returns undefined where there is no such object; `key` is the one that there is */
  stat(ref: ObjectRef, signal: AbortSignal): Promise<ObjectStat | undefined>;
  /** Every object whose key begins with `prefix`, in the order of their keys' UTF-8 bytes. */
  list(bucket: string, prefix: string, signal: AbortSignal): AsyncIterable<ObjectStat>;
  /** Does nothing where there is no such object. */
  remove(ref: ObjectRef, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Small texts by their names. All methods throw as ObjectStore's do. */
export interface SmallObjects {
  /** Those whose names begin so; the eTag changes with the text. */
  list(start: string): Promise<{ name: string; size: number; etag: string }[]>;
  /** @returns false where there is one of this name. Where no answer came it may have been made. */
  make(name: string, text: string): Promise<boolean>;
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Whether there is an object of exactly this key: `stat` also finds the percent-decoded one. */
export async function isThere(store: Pick<ObjectStore, "stat">, ref: ObjectRef, signal: AbortSignal): Promise<boolean> {
  return (await store.stat(ref, signal))?.key === ref.key;
}
