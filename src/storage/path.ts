import { open } from "node:fs/promises";
import { ObjectNotFound } from "../errors.js";
import type { ObjectStore } from "./object-store.js";
import { readBody } from "./reading.js";

/** Any file as an object: `key` is its path, the bucket means nothing. For the command line only, never for events. */
export function createPathStore(): ObjectStore {
  return {
    async read(ref, options) {
      const file = await open(ref.key).catch((cause: Error) => {
        throw new ObjectNotFound(`${ref.key} cannot be read: ${cause.message}`, { cause });
      });
      try {
        const { size } = await file.stat();
        const { bytes, complete } = await readBody(file.createReadStream({ autoClose: false }), ref, size, options);
        return { bytes, complete, size, key: ref.key, userMeta: {} };
      } finally {
        await file.close();
      }
    },
    close: () => Promise.resolve(),
  };
}
