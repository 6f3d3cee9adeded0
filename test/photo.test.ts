import { DeadlinePassed, PoisonedPhoto, StorageUnavailable, WorkerCrashed } from "../src/errors.js";
import type { Analysis, FacePool } from "../src/faces/engine.js";
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

const MB = 1024 * 1024;

/** Objects that are as large as their keys say, in MiB; "fails" fails after room was taken for it, "again" is tried twice. */
const sized: Pick<ObjectStore, "read"> = {
  async read({ key }, { room, signal }) {
    const [name, size] = key.split("-");
    await room?.(Number(size) * MB);
    if (name === "fails") throw new StorageUnavailable("away");
    if (name === "again") await room?.(Number(size) * MB);
    if (name === "grown") await room?.(2 * Number(size) * MB);
    signal.throwIfAborted();
    return { bytes: new Uint8Array(1), complete: true, size: 1, key, userMeta: {} };
  },
};

/** Photos whose analysis the test ends; tells of each that begins. */
function heldPool() {
  const inWork: ((end?: Error) => void)[] = [];
  const analysis: Analysis = { picture: { format: "jpeg", width: 1, height: 1, orientation: 1 }, faces: [], timings: { decode: 0, detect: 0 } };
  const pool: FacePool = {
    info: { name: "none", version: "1", models: [] },
    alive: true,
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
    analyze: (_bytes, signal) =>
      new Promise((resolve, reject) => {
        inWork.push((error) => (error ? reject(error) : resolve(analysis)));
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      }),
  };
  return { pool, inWork };
}

/** All that can happen without time passing has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

describe("the memory of photos", () => {
  const setUp = (maxObjectBytes = 64 * MB) => {
    const { pool, inWork } = heldPool();
    const readPhoto = createPhotoReader({ store: sized, pool, maxObjectBytes, workers: 10 });
    const read = (key: string, signal = new AbortController().signal) => readPhoto({ bucket: "photos", key }, signal);
    return { read, inWork };
  };

  it("holds 128 MiB; more wait, in the order in which they came", async () => {
    const { read, inWork } = setUp();
    const photos = ["a-60", "b-60", "c-60", "d-1"].map((key) => read(key));
    await settled();
    expect(inWork).toHaveLength(2); // the small one does not overtake
    inWork[0]();
    await settled();
    expect(inWork).toHaveLength(4);
    inWork.forEach((end) => end());
    expect((await Promise.all(photos)).map((photo) => typeof photo)).toEqual(Array(4).fill("object"));
  });

  it.each([
    ["is done", "a-100", (end: (error?: Error) => void) => end()],
    ["cannot be analysed", "a-100", (end: (error?: Error) => void) => end(new Error("no"))],
    ["was tried twice", "again-100", (end: (error?: Error) => void) => end()],
    ["grew meanwhile", "grown-60", (end: (error?: Error) => void) => end()],
  ])("is free again where a photo %s", async (_, key, finish) => {
    const { read, inWork } = setUp();
    const first = read(key).catch(() => undefined);
    await settled();
    const second = read("b-120");
    await settled();
    expect(inWork).toHaveLength(1);
    finish(inWork[0]);
    await first;
    await settled();
    inWork[1]();
    await second;
  });

  it("is free again where a download failed", async () => {
    const { read, inWork } = setUp();
    await expect(read("fails-128")).rejects.toThrow(StorageUnavailable);
    const next = read("b-128");
    await settled();
    inWork[0]();
    await next;
  });

  it("is as large as one photo may be", async () => {
    const { read, inWork } = setUp(500 * MB);
    const photos = [read("a-500"), read("b-1")];
    await settled();
    expect(inWork).toHaveLength(1);
    inWork[0]();
    await settled();
    inWork[1]();
    await Promise.all(photos);
  });

  it.each([
    ["for room", ["a-128"], "b-128"],
    ["for a place", Array.from({ length: 18 }, (_, number) => `a${number}-1`), "b-1"], // ten workers, eight ahead of them
  ])("who waits %s leaves the line at the deadline, and lets others by", async (_, before, key) => {
    const { read, inWork } = setUp();
    const first = before.map((name) => read(name));
    await settled();
    const deadline = new AbortController();
    const late = read(key, deadline.signal);
    const last = read("c-1");
    await settled();
    expect(inWork).toHaveLength(before.length);
    deadline.abort(new DeadlinePassed("late"));
    await expect(late).rejects.toThrow(DeadlinePassed);
    inWork[0]();
    await settled();
    expect(inWork).toHaveLength(before.length + 1);
    inWork.forEach((end) => end());
    await Promise.all([...first, last]);
  });

  it("gives back what was let in and stopped in the same moment", async () => {
    const { read, inWork } = setUp();
    const deadline = new AbortController();
    const first = read("a-128");
    await settled();
    const late = read("b-128", deadline.signal);
    await settled();
    inWork[0]();
    await first;
    deadline.abort(new DeadlinePassed("late"));
    await expect(late).rejects.toThrow(DeadlinePassed);
    const next = read("c-128");
    await settled();
    inWork.at(-1)!();
    await next;
  });
});

describe("what is known of photos that end workers", () => {
  const crashing: FacePool = {
    info: { name: "", version: "", models: [] },
    ready: () => Promise.resolve(),
    alive: true,
    analyze: () => Promise.reject(new WorkerCrashed("ended")),
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
