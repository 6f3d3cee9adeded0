import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { AccessDenied, BadKey, BucketNotFound, Failure, ObjectNotFound, StorageUnavailable } from "../errors.js";
import { unlessAborted } from "../unless-aborted.js";
import { nameOf, type ObjectRef, type ObjectStore, type ReadOptions, type StoredObject } from "./object-store.js";
import { readBody, readEitherKey, stopReason } from "./reading.js";

/**
 * A folder whose sub-folders are buckets and whose files are objects. A key never leads out of its bucket, by symbolic
 * links either. The eTag is the MD5 of the bytes, as OSS gives it after a simple upload.
 */
export function createFolderStore(root: string): ObjectStore {
  async function readKey(ref: ObjectRef, read: ReadOptions): Promise<StoredObject> {
    const file = await locate(root, ref);
    // Without O_NONBLOCK opening a pipe would wait for its writer.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
      throw asFailure(error, ref);
    });
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new ObjectNotFound(`${nameOf(ref)} is not a file`);
      const { md5, ...body } = await readBody(chunksOf(handle, read.signal), ref, stat.size, read);
      return { ...body, size: stat.size, ...(md5 && { etag: md5 }), key: ref.key, userMeta: {} };
    } catch (error) {
      if (read.signal.aborted) throw stopReason(read.signal, ref);
      throw asFailure(error, ref);
    } finally {
      await handle.close();
    }
  }

  return {
    read: (ref, options) => unlessAborted(readEitherKey(ref, (key) => readKey({ ...ref, key }, options)), options.signal, () => stopReason(options.signal, ref)),
    close: () => Promise.resolve(),
  };
}

/** One buffer serves all chunks: the reader copies each before it asks for the next. */
async function* chunksOf(handle: FileHandle, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(256 * 1024);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The file's real path: within its bucket, which is within the root. */
async function locate(root: string, ref: ObjectRef): Promise<string> {
  const { bucket, key } = ref;
  if (/[/\\\0]/.test(bucket) || bucket === "" || bucket === "." || bucket === "..") throw new BucketNotFound(`${JSON.stringify(bucket)} is not a bucket name`);
  if (key.includes("\0")) throw new BadKey(`The key ${JSON.stringify(key)} has a NUL character`);
  if (key.split("/").includes("")) throw new ObjectNotFound(`${nameOf(ref)}: no file has an empty name`);

  const missing = () => new BucketNotFound(`there is no bucket ${bucket}`);
  const realRoot = await realpath(root).catch(() => Promise.reject(missing()));
  const realBucket = await realpath(path.join(realRoot, bucket, path.sep)).catch(() => Promise.reject(missing()));
  if (!isWithin(realBucket, realRoot)) throw missing();
  const file = await realpath(path.join(realBucket, key)).catch((error: unknown) => {
    throw asFailure(error, ref);
  });
  if (!isWithin(file, realBucket)) throw new BadKey(`${nameOf(ref)} leads out of its bucket`);
  return file;
}

function isWithin(inner: string, outer: string): boolean {
  return inner.startsWith(outer.endsWith(path.sep) ? outer : outer + path.sep);
}

const MISSING = ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP", "ENXIO", "EISDIR"];

/** A failure for what the file system said; anything that is no such error passes as it is. */
function asFailure(error: unknown, ref: ObjectRef): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof Failure || code === undefined) return error;
  if (MISSING.includes(code)) return new ObjectNotFound(`${nameOf(ref)}: ${code}`, { cause: error });
  if (code === "EACCES" || code === "EPERM") return new AccessDenied(`${nameOf(ref)}: ${code}`, { cause: error });
  return new StorageUnavailable(`${nameOf(ref)}: ${code}`, { cause: error });
}
