import { open } from "node:fs/promises";
import { ObjectNotFound, ObjectTooLarge } from "../errors.js";
import type { ObjectStore } from "./object-store.js";

const HEAD_BYTES = 4096;

/** Any file as an object: `key` is its path, the bucket means nothing. For the command line only, never for events. */
export function createPathStore(): ObjectStore {
  return {
    async read({ key }, { maxBytes, wanted }) {
      const file = await open(key).catch((error: Error) => {
        throw new ObjectNotFound(`${key} cannot be read: ${error.message}`, { cause: error });
      });
      try {
        const { size } = await file.stat();
        if (size > maxBytes) throw new ObjectTooLarge(`${key} has ${size} bytes, the limit is ${maxBytes}`);
        const head = new Uint8Array(Math.min(size, HEAD_BYTES));
        await file.read(head, 0, head.length, 0);
        if (!wanted(head)) return { bytes: head, complete: false, size, key, userMeta: {} };
        const bytes = new Uint8Array(size);
        await file.read(bytes, 0, size, 0);
        return { bytes, complete: true, size, key, userMeta: {} };
      } finally {
        await file.close();
      }
    },
    close: async () => undefined,
  };
}
