import { DeadlinePassed, StorageUnavailable } from "../src/errors.js";
import type { Analysis, FacePool } from "../src/faces/engine.js";
import { createPhotoReader } from "../src/photo.js";
import type { ObjectStore } from "../src/storage/object-store.js";

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
