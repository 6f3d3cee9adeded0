import type { AnalyzedData } from "./events/result-schema.js";
import type { FacePool } from "./faces/engine.js";
import { FailedPhotos, mayEndBetter } from "./failed-photos.js";
import { sniffFormat } from "./image/format.js";
import { createPhotoMemory, type PhotoRoom } from "./photo-memory.js";
import { nameOf, type ObjectRef, type ObjectStore, type StoredObject } from "./storage/object-store.js";
import { Turns } from "./turns.js";

/** Why an object that was read is no work after all. */
export type Unwanted = "not-a-picture" | "empty-object" | "own-output";

/** User metadata (`x-oss-meta-oss-faces`) that marks objects we wrote: they are never analysed. */
export const OWN_METADATA = "oss-faces";

/** What is known of a photo: all of a result's data but the event that caused it. */
export type PhotoData = Omit<AnalyzedData, "event">;

export interface PhotoParts {
  store: Pick<ObjectStore, "read">;
  pool: FacePool;
  maxObjectBytes: number;
  /** Threads of the pool. */
  workers: number;
}

/** Photos that are downloaded or wait for a worker beside those that a worker has; how large they may be together, `photo-memory.ts` bounds. */
const AHEAD = 8;

/**
 * Reads one object and finds its faces.
 * @returns a reason instead where the bytes turn out to be nothing to analyse
 * @throws Failure of kind `unusable` or `trouble`
 */
export function createPhotoReader({ store, pool, maxObjectBytes, workers }: PhotoParts) {
  const turns = new Turns(workers + AHEAD);
  const roomFor = createPhotoMemory(maxObjectBytes);
  const failed = new FailedPhotos();

  async function find(object: StoredObject, identity: string, signal: AbortSignal) {
    failed.check(identity);
    try {
      return await pool.analyze(object.bytes, signal, (error) => failed.ended(identity, error));
    } catch (error) {
      if (mayEndBetter(error)) failed.check(identity);
      throw error;
    }
  }

  return async function readPhoto(ref: ObjectRef, signal: AbortSignal): Promise<PhotoData | Unwanted> {
    await turns.next(signal);
    const room = roomFor(signal);
    try {
      return await read(ref, room, signal);
    } finally {
      room.leave();
      turns.end();
    }
  };

  async function read(ref: ObjectRef, room: PhotoRoom, signal: AbortSignal): Promise<PhotoData | Unwanted> {
    const started = performance.now();
    const object = await store.read(ref, { maxBytes: maxObjectBytes, signal, wanted: (head) => sniffFormat(head) !== undefined, room: room.take });
    if (object.userMeta[OWN_METADATA] !== undefined) return "own-output";
    if (object.size === 0) return "empty-object";
    if (!object.complete) return "not-a-picture";
    const downloaded = performance.now();
    const { size, etag, key } = object;
    const { picture, faces, timings } = await find(object, `${nameOf({ ...ref, key })}#${etag ?? ""}`, signal);
    return {
      image: { ...(ref.bucket && { bucket: ref.bucket }), key, ...(ref.region && { region: ref.region }), ...(etag && { etag }), size, ...picture },
      faces,
      engine: pool.info,
      timings: {
        download: Math.round(downloaded - started),
        decode: Math.round(timings.decode),
        detect: Math.round(timings.detect),
        total: Math.round(performance.now() - started),
      },
    };
  }
}

/** The same for whoever gets no event a second time: a photo that may end better is read again, and given up where it does not. */
export function readAgain<T>(readPhoto: (ref: ObjectRef, signal: AbortSignal) => Promise<T>) {
  return async (ref: ObjectRef, signal: AbortSignal): Promise<T> => {
    try {
      return await readPhoto(ref, signal);
    } catch (error) {
      if (mayEndBetter(error)) return readPhoto(ref, signal);
      throw error;
    }
  };
}
