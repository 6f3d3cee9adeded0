import { readConfig } from "../src/config.js";
import { DeadlinePassed, DecodingTooSlow, PoisonedPhoto, Undecodable, WorkerCrashed } from "../src/errors.js";
import type { FacePool } from "../src/faces/engine.js";
import { poolOptions } from "../src/parts.js";
import { createPhotoReader, readAgain } from "../src/photo.js";
import type { ObjectStore } from "../src/storage/object-store.js";
import { closePools, never, order, pool as fickle } from "./faces/pools.js";
import { sample } from "./faces/samples.js";

/** Holds one photo under every key; its eTag is the key. */
const store: Pick<ObjectStore, "read"> = {
  read: ({ key }) => Promise.resolve({ bytes: sample(1), complete: true, size: 1, key, etag: key, userMeta: {} }),
};

afterEach(closePools);

it("a photo that ends the worker twice is given up, and others go on", async () => {
  const readPhoto = createPhotoReader({ store, pool: fickle({}, "mortal"), maxObjectBytes: 1e8, workers: 1 });
  const read = (key: string) => readPhoto({ bucket: "photos", key }, never);
  await expect(read("poison")).rejects.toThrow(WorkerCrashed);
  await expect(read("poison")).rejects.toThrow(PoisonedPhoto);
  await expect(read("poison")).rejects.toThrow(PoisonedPhoto); // not tried again
  await expect(read("another")).rejects.toThrow(WorkerCrashed);
});

describe("a photo that a worker fails of", () => {
  /** A reader of one photo, whose bytes are these, one after the other, and its pool. */
  const setUp = async (...contents: Uint8Array<ArrayBuffer>[]) => {
    const pool = fickle({ hang: 500 });
    await pool.ready();
    const read: ObjectStore["read"] = ({ key }) => Promise.resolve({ bytes: contents.shift()!, complete: true, size: 1, key, etag: key, userMeta: {} });
    const readPhoto = createPhotoReader({ store: { read }, pool, maxObjectBytes: 1e8, workers: 1 });
    return { read: (signal = never) => readPhoto({ bucket: "photos", key: "a" }, signal), again: () => readAgain(readPhoto)({ bucket: "photos", key: "a" }, never) };
  };

  it.each([
    ["exit", WorkerCrashed, PoisonedPhoto],
    ["hang", WorkerCrashed, PoisonedPhoto],
    ["slow", DecodingTooSlow, Undecodable],
  ] as const)("(%s) is trouble the first time, failed the second, and not tried again", async (how, first, then) => {
    const { read } = await setUp(order(how), order(how), sample(1));
    await expect(read()).rejects.toThrow(first);
    await expect(read()).rejects.toThrow(then);
    await expect(read()).rejects.toThrow(then);
  });

  it("is known for it, though nobody waited for it any more", async () => {
    const { read } = await setUp(order("hang"), order("hang"));
    const deadline = new AbortController();
    const first = read(deadline.signal);
    setTimeout(() => deadline.abort(), 100);
    await expect(first).rejects.toThrow(DeadlinePassed);
    await expect(read()).rejects.toThrow(PoisonedPhoto);
  });

  it.each(["exit", "slow"] as const)("(%s) is no longer known for it once it came out well", async (how) => {
    const { read } = await setUp(order(how), sample(1), order(how));
    await expect(read()).rejects.toMatchObject({ retry: true });
    expect(await read()).toMatchObject({ faces: { length: 3 } });
    await expect(read()).rejects.toMatchObject({ retry: true });
  });

  it("is read a second time at once for whoever gets no event again", async () => {
    const { again } = await setUp(order("slow"), sample(1));
    expect(await again()).toMatchObject({ faces: { length: 3 } });
  });
});

it.each([["5s", 2500], ["10s", 5000], ["60s", 30_000], ["10m", 30_000]])("a worker hangs after half of EVENT_DEADLINE %s, 30 s at most", (deadline, hang) => {
  expect(poolOptions(readConfig({ EVENT_DEADLINE: deadline })).hang).toBe(hang);
});

describe("what is known of photos that end workers", () => {
  const crashing: FacePool = {
    info: { name: "", version: "", models: [] },
    ready: () => Promise.resolve(),
    alive: true,
    analyze: (_bytes, _signal, ended) => {
      const crash = new WorkerCrashed("ended");
      ended?.(crash);
      return Promise.reject(crash);
    },
    close: () => Promise.resolve(),
  };
  const signal = new AbortController().signal;
  const reader = (etag?: (key: string) => string) =>
    createPhotoReader({ store: { read: async (ref, options) => ({ ...(await store.read(ref, options)), etag: etag?.(ref.key) }) }, pool: crashing, maxObjectBytes: 1e8, workers: 1 });

  it("is kept by bucket and key where the store gives no eTag", async () => {
    const readPhoto = reader();
    await expect(readPhoto({ bucket: "photos", key: "a" }, signal)).rejects.toThrow(WorkerCrashed);
    await expect(readPhoto({ bucket: "others", key: "a" }, signal)).rejects.toThrow(WorkerCrashed);
    await expect(readPhoto({ bucket: "photos", key: "a" }, signal)).rejects.toThrow(PoisonedPhoto);
  });

  it("is of one version: an object that was replaced is tried again", async () => {
    let version = 1;
    const readPhoto = reader(() => String(version));
    const read = () => readPhoto({ bucket: "photos", key: "a" }, signal);
    await expect(read()).rejects.toThrow(WorkerCrashed);
    await expect(read()).rejects.toThrow(PoisonedPhoto);
    version = 2;
    await expect(read()).rejects.toThrow(WorkerCrashed);
  });

  it("is bounded: the oldest are forgotten", async () => {
    const readPhoto = reader();
    for (let i = 0; i <= 1000; i++) await expect(readPhoto({ bucket: "photos", key: String(i) }, signal)).rejects.toThrow(WorkerCrashed);
    await expect(readPhoto({ bucket: "photos", key: "1000" }, signal)).rejects.toThrow(PoisonedPhoto);
    await expect(readPhoto({ bucket: "photos", key: "0" }, signal)).rejects.toThrow(WorkerCrashed);
  });
});
