import { DeadlinePassed, Draining, Failure, TooManyPixels, Undecodable, UnsupportedFormat } from "../../src/errors.js";
import { createFacePool } from "../../src/faces/pool.js";
import { modelEntry } from "../../src/models/manifest.js";
import { closePools, never, opened, order, pool, SETTINGS } from "./pools.js";
import { FACES_IN_SAMPLE, sample } from "./samples.js";

afterEach(closePools);

describe("a pool of face workers", () => {
  it("decodes and finds in its own threads, side by side, and takes the bytes away from the caller", async () => {
    const faces = createFacePool({ ...SETTINGS, workers: 2, options: { ...SETTINGS.options, details: ["pose", "quality"] } });
    opened.push(faces);
    await faces.ready();
    const photos = [1, 2, 3, 4, 5, 6].map(sample);
    const results = await Promise.all(photos.map((bytes) => faces.analyze(bytes, never)));
    expect(results.map(({ faces: { length } }) => length)).toEqual(Object.values(FACES_IN_SAMPLE));
    expect(results[0].picture).toEqual({ format: "jpeg", width: 1920, height: 1280, orientation: 1, takenAt: "2017-10-31T20:16:18" });
    expect(results[0].faces[0].pose).toBeDefined();
    for (const { timings } of results) expect(Math.min(timings.decode, timings.detect)).toBeGreaterThan(0);
    expect(photos.every(({ byteLength }) => byteLength === 0)).toBe(true);
  });

  it("leaves the caller's thread free while it works", async () => {
    const faces = pool();
    await faces.ready();
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const { timings } = await faces.analyze(sample(1), never);
    clearInterval(watch);
    expect(longest).toBeLessThan(timings.decode + timings.detect);
  });

  it("says which engine and models it runs", () => {
    const { info } = pool({ options: { ...SETTINGS.options, details: ["descriptor"] } });
    expect(info).toEqual({
      name: "onnx",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      models: ["centerface", "landmarks", "descriptor", "descriptor-8bit"].map((name) => ({ name, sha256: modelEntry(name).sha256 })),
    });
  });

  it("takes photos before its models are loaded", async () => {
    const { faces } = await pool().analyze(sample(1), never);
    expect(faces).toHaveLength(3);
  });

  it.each([
    ["a damaged photo", sample(1).slice(0, 50_000), SETTINGS.maxPixels, Undecodable],
    ["no photo", new Uint8Array(Buffer.from("hello")), SETTINGS.maxPixels, UnsupportedFormat],
    ["a photo too large", sample(1), 1000, TooManyPixels],
  ] as const)("reports %s by its own class, and goes on", async (_, bytes, maxPixels, type) => {
    const faces = pool({ maxPixels });
    const failure: unknown = await faces.analyze(bytes, never).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(type);
    expect((failure as Failure).retry).toBe(false);
    if (maxPixels > 1000) expect((await faces.analyze(sample(1), never)).faces).toHaveLength(3);
  });

  it("passes on a defect as what it is: no failure of the photo, no crash", async () => {
    const defect: unknown = await pool().analyze(order("fail"), never).catch((error: unknown) => error);
    expect(defect).not.toBeInstanceOf(Failure);
    expect((defect as Error).message).toContain("an unforeseen thing");
  });

  it("says so where the bytes were given away before", async () => {
    const faces = pool();
    const bytes = sample(1);
    await faces.analyze(bytes, never);
    await expect(faces.analyze(bytes, never)).rejects.toThrow(/detached/i);
  });
});

describe("a photo's deadline", () => {
  it("passes for whoever waits, whatever the worker does", async () => {
    const faces = pool({ hang: 500 });
    await faces.ready();
    const deadline = new AbortController();
    const stuck = faces.analyze(order("spin"), deadline.signal);
    const waiting = faces.analyze(order("fail"), never);
    setImmediate(() => deadline.abort());
    await expect(stuck).rejects.toThrow(DeadlinePassed);
    await expect(waiting).rejects.toThrow("an unforeseen thing");
  });

  it("may pass while the photo is decoded and analysed, at any moment, without harm to the process", async () => {
    const faces = pool();
    await faces.ready();
    // Ending a thread within onnxruntime would end the process: the moments cover a whole analysis and beyond.
    const { timings } = await faces.analyze(sample(6), never);
    for (let part = 0; part <= 10; part++) {
      const delay = Math.round((timings.decode + timings.detect) * part * 0.12);
      const result = await faces.analyze(sample(6), AbortSignal.timeout(delay)).catch((error: unknown) => error);
      expect(result instanceof DeadlinePassed || "faces" in (result as object)).toBe(true);
    }
    expect((await faces.analyze(sample(1), never)).faces).toHaveLength(3);
  });

  it("passes in the queue too, and costs no other photo anything", async () => {
    const faces = pool();
    await faces.ready();
    const deadline = new AbortController();
    const working = faces.analyze(sample(1), never);
    const waiting = faces.analyze(sample(2), deadline.signal);
    deadline.abort();
    await expect(waiting).rejects.toThrow(DeadlinePassed);
    expect((await working).faces).toHaveLength(3);
  });

  it("that is over already starts no work", async () => {
    await expect(pool().analyze(sample(1), AbortSignal.abort())).rejects.toThrow(DeadlinePassed);
  });
});

describe("the queue", () => {
  it("is first come, first served", async () => {
    const faces = pool();
    const done: number[] = [];
    await Promise.all([1, 2, 3, 4, 5].map((number) => faces.analyze(sample(number), never).then(() => done.push(number))));
    expect(done).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("closing", () => {
  it("while models load waits for them: a thread that is ended then would end the process", async () => {
    const faces = pool({ workers: 2 });
    await faces.close();
    await expect(faces.ready()).resolves.toBeUndefined();
  });

  it("waits for every photo in work and in the queue, and takes no more", async () => {
    const faces = pool({ workers: 2 });
    const running = [1, 2, 3, 4, 5].map((number) => faces.analyze(sample(number), never));
    let finished = 0;
    for (const photo of running) void photo.then(() => finished++);
    const closed = faces.close();
    await expect(faces.analyze(sample(6), never)).rejects.toThrow(Draining);
    await closed;
    expect(finished).toBe(5);
  });
});

describe("readiness", () => {
  it("fails with the reason where models cannot be loaded", async () => {
    const faces = pool({ workers: 2 }, "modelless");
    await expect(faces.ready()).rejects.toThrow("centerface.onnx is damaged");
    await expect(faces.analyze(sample(1), never)).rejects.toThrow("centerface.onnx is damaged");
  });

  it("fails where the workers do not start", async () => {
    await expect(pool({}, "stillborn").ready()).rejects.toThrow(/exited/);
  });
});

it("workers can have young objects collected, on which pixels hang", async () => {
  await expect(pool({}, "heap").analyze(new Uint8Array(1), never)).rejects.toThrow("gc is a function");
});
