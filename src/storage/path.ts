import { open, stat, unlink } from "node:fs/promises";
import { FileUnreadable, ObjectNotFound } from "../errors.js";
import { etagOfFile, filesBelow, isMissing, statOf } from "./files.js";
import type { ObjectStore } from "./object-store.js";
import { readBody } from "./reading.js";

/**
 * Any file as an object: `key` is its path, the bucket means nothing. For the command line only, never for events.
 * @param etags whether `read` tells an eTag, as a folder that stands for a bucket has it
 * @throws ObjectNotFound; FileUnreadable for whatever else the file system says
 */
export function createPathStore({ etags = false } = {}): ObjectStore {
  return {
    async read(ref, options) {
      const file = await open(ref.key).catch(unreadable(ref.key));
      try {
        const { size, mtime: lastModified } = await file.stat();
        const { md5, ...body } = await readBody(file.createReadStream({ autoClose: false }), ref, size, options);
        return { ...body, size, ...(etags && md5 && { etag: md5 }), key: ref.key, userMeta: {}, lastModified };
      } finally {
        await file.close();
      }
    },
    async stat({ key }, signal) {
      const stats = await stat(key).catch(unlessMissing(key));
      return stats?.isFile() ? { ...statOf(key, stats), etag: await etagOfFile(key, signal).catch(unreadable(key)) } : undefined;
    },
    async *list(_bucket, prefix, signal) {
      const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      for await (const file of filesBelow(folder || ".", prefix.slice(folder.length), signal)) yield { ...file, key: folder + file.key };
    },
    async remove({ key }) {
      await unlink(key).catch(unlessMissing(key));
    },
    close: () => Promise.resolve(),
  };
}

function unreadable(key: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    const Type = isMissing(cause) ? ObjectNotFound : FileUnreadable;
    throw new Type(`${key} cannot be read: ${cause.message}`, { cause });
  };
}

function unlessMissing(key: string): (cause: NodeJS.ErrnoException) => undefined {
  return (cause) => (isMissing(cause) ? undefined : unreadable(key)(cause));
}
