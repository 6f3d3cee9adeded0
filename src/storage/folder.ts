import { constants } from "node:fs";
import { open, realpath, stat, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { AccessDenied, BadKey, BucketNotFound, Failure, ObjectNotFound, StorageUnavailable } from "../errors.js";
import { unlessAborted } from "../unless-aborted.js";
import { etagOfFile, filesBelow, statOf, unlessGone } from "./files.js";
import { checkKey } from "./names.js";
import { nameOf, type ObjectRef, type ObjectStat, type ObjectStore, type ReadOptions, type StoredObject } from "./object-store.js";
import { ifThere, ofEitherKey, readBody, stopReason } from "./reading.js";

/**
 * A folder whose sub-folders are buckets and whose files are objects. A key never leads out of its bucket, by symbolic
 * links either. The eTag is the MD5 of the bytes, as OSS gives it after a simple upload. Lists leave out symbolic links,
 * dot files and what is unfinished. Folders stay, however empty they become.
 */
export function createFolderStore(root: string): ObjectStore {
  async function readKey(ref: ObjectRef, read: ReadOptions): Promise<StoredObject> {
    const { file } = await locate(root, ref);
    // Without O_NONBLOCK opening a pipe would wait for its writer. The real path is no link, unless it became one since.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch((error: unknown) => {
      throw asFailure(error, ref);
    });
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new ObjectNotFound(`${nameOf(ref)} is not a file`);
      const { size, mtime: lastModified } = stats;
      const { md5, ...body } = await readBody(chunksOf(handle, read.signal), ref, size, read);
      return { ...body, size, ...(md5 && { etag: md5 }), key: ref.key, userMeta: {}, lastModified };
    } catch (error) {
      if (read.signal.aborted) throw stopReason(read.signal, ref);
      throw asFailure(error, ref);
    } finally {
      await handle.close();
    }
  }

  async function statKey(ref: ObjectRef, signal: AbortSignal): Promise<ObjectStat> {
    const { file } = await locate(root, ref);
    try {
      const stats = await stat(file);
      if (!stats.isFile()) throw new ObjectNotFound(`${nameOf(ref)} is not a file`);
      return { ...statOf(ref.key, stats), etag: await etagOfFile(file, signal) };
    } catch (error) {
      throw asFailure(error, ref);
    }
  }

  async function removeKey(ref: ObjectRef): Promise<void> {
    const { entry, file } = await locate(root, ref);
    if (!(await stat(file)).isFile()) return;
    await unlink(entry); // where that is a symbolic link, the file it leads to stays
  }

  const stoppable = <T>(work: Promise<T>, ref: ObjectRef, signal: AbortSignal, name: string) => unlessAborted(work, signal, () => stopReason(signal, ref, name));
  return {
    read: (ref, options) => stoppable(ofEitherKey(ref, (key) => readKey({ ...ref, key }, options)), ref, options.signal, "read"),
    stat: (ref, signal) => stoppable(ifThere(ref, (key) => statKey({ ...ref, key }, signal)), ref, signal, "looked up"),
    async *list(bucket, prefix, signal) {
      const ref = { bucket, key: prefix };
      const folder = await locateBucket(root, bucket);
      try {
        if (await isInside(folder, prefix)) yield* filesBelow(folder, prefix, signal);
      } catch (error) {
        throw signal.aborted ? stopReason(signal, ref, "listed") : asFailure(error, ref);
      }
    },
    async remove(ref, signal) {
      checkKey(ref.key);
      if (signal.aborted) throw stopReason(signal, ref, "removed");
      await removeKey(ref).catch((error: unknown) => {
        const failure = asFailure(error, ref);
        if (!(failure instanceof ObjectNotFound)) throw failure;
      });
    },
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

/** A bucket's real path: within the root. */
async function locateBucket(root: string, bucket: string): Promise<string> {
  if (/[/\\\0]/.test(bucket) || bucket === "" || bucket === "." || bucket === "..") throw new BucketNotFound(`${JSON.stringify(bucket)} is not a bucket name`);
  const missing = () => new BucketNotFound(`there is no bucket ${bucket}`);
  const realRoot = await realpath(root).catch(() => Promise.reject(missing()));
  const realBucket = await realpath(path.join(realRoot, bucket, path.sep)).catch(() => Promise.reject(missing()));
  if (!isWithin(realBucket, realRoot)) throw missing();
  return realBucket;
}

/** The file's real path and that of its entry, which may be a symbolic link: both within its bucket. */
async function locate(root: string, ref: ObjectRef): Promise<{ file: string; entry: string }> {
  const { bucket, key } = ref;
  if (key.includes("\0")) throw new BadKey(`The key ${JSON.stringify(key)} has a NUL character`);
  if (key.split("/").includes("")) throw new ObjectNotFound(`${nameOf(ref)}: no file has an empty name`);
  const realBucket = await locateBucket(root, bucket);
  try {
    const place = path.join(realBucket, key);
    const [file, folder] = await Promise.all([realpath(place), realpath(path.dirname(place))]);
    const entry = path.join(folder, path.basename(place));
    if (!isWithin(file, realBucket) || !isWithin(entry, realBucket)) throw new BadKey(`${nameOf(ref)} leads out of its bucket`);
    return { file, entry };
  } catch (error) {
    throw asFailure(error, ref);
  }
}

/** Whether files of the bucket can begin with it at all: its folders are neither symbolic links nor `..`. */
async function isInside(bucket: string, prefix: string): Promise<boolean> {
  if (prefix.includes("\0") || /(^|\/)\.{0,2}\//.test(prefix)) return false;
  const folder = path.resolve(bucket, prefix.slice(0, prefix.lastIndexOf("/") + 1));
  return (await realpath(folder).catch(unlessGone(undefined))) === folder;
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
