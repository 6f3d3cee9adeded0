import { PoisonedPhoto, WorkerCrashed } from "../src/errors.js";
import { createFacePool } from "../src/faces/pool.js";
import { createPhotoReader } from "../src/photo.js";
import type { ObjectStore } from "../src/storage/object-store.js";
import { sample } from "./faces/samples.js";

/** Holds one photo under every key; its eTag is the key. */
const store: Pick<ObjectStore, "read"> = {
  read: ({ key }) => Promise.resolve({ bytes: sample(1), complete: true, size: 1, key, etag: key, userMeta: {} }),
};

it("a photo that ends the worker twice is given up, and others go on", async () => {
  const options = { details: [], recognition: "single" as const, detectSize: 512, minScore: 0.5, minFace: 0 };
  const pool = createFacePool({ engine: "onnx", workers: 1, maxPixels: 1e8, options }, new URL("./faces/workers/mortal.js", import.meta.url));
  const readPhoto = createPhotoReader({ store, pool, maxObjectBytes: 1e8, workers: 1 });
  const signal = new AbortController().signal;
  const read = (key: string) => readPhoto({ bucket: "photos", key }, signal);
  await expect(read("poison")).rejects.toThrow(WorkerCrashed);
  await expect(read("poison")).rejects.toThrow(PoisonedPhoto);
  await expect(read("poison")).rejects.toThrow(PoisonedPhoto); // not tried again
  await expect(read("another")).rejects.toThrow(WorkerCrashed);
  await pool.close();
});
