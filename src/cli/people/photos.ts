import type { Config } from "../../config.js";
import { Failure } from "../../errors.js";
import { createFacePool } from "../../faces/pool.js";
import { poolOptions, storageSettings } from "../../parts.js";
import { createPhotoReader, readAgain, type PhotoData, type Unwanted } from "../../photo.js";
import { createStore } from "../../storage/index.js";
import type { ObjectRef, ObjectStore } from "../../storage/object-store.js";
import { createPathStore } from "../../storage/path.js";

/** A photo's faces with descriptors, or why there are none to tell of. */
export type Look = { photo: PhotoData } | { fault: string };

export interface Photos {
  readPhoto: (ref: ObjectRef, signal: AbortSignal) => Promise<PhotoData | Unwanted>;
  /** The same, what cannot be used as text. @throws Failure where a retry may help */
  look(ref: ObjectRef): Promise<Look>;
  /** Photos that keep all workers busy. */
  inWork: number;
  close(): Promise<void>;
}

/** A large photo does not keep the small ones behind it waiting. */
const AHEAD = 8;

/** Objects of buckets, and files where the bucket is empty. */
export function placesOf(config: Config): ObjectStore {
  const buckets = createStore(storageSettings(config));
  const files = createPathStore({ etags: true });
  const of = (bucket: string) => (bucket === "" ? files : buckets);
  return {
    read: (ref, options) => of(ref.bucket).read(ref, options),
    stat: (ref, signal) => of(ref.bucket).stat(ref, signal),
    list: (bucket, prefix, signal) => of(bucket).list(bucket, prefix, signal),
    remove: (ref, signal) => of(ref.bucket).remove(ref, signal),
    close: () => buckets.close(),
  };
}

/** Starts the workers; the store stays the caller's. */
export function openPhotos(config: Config, store: ObjectStore): Photos {
  const pool = createFacePool(poolOptions(config));
  const readPhoto = readAgain(createPhotoReader({ store, pool, ...config }));

  return {
    readPhoto,
    async look(ref) {
      try {
        const photo = await readPhoto(ref, new AbortController().signal);
        return typeof photo === "string" ? { fault: photo } : { photo };
      } catch (error) {
        if (!(error instanceof Failure) || error.retry) throw error;
        return { fault: `${error.code}: ${error.message}` };
      }
    },
    inWork: config.workers + AHEAD,
    close: () => pool.close(),
  };
}
