import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeadlinePassed, WorkerCrashed } from "../../src/errors.js";
import { closePools, never, order, pool } from "./pools.js";
import { sample } from "./samples.js";

afterEach(closePools);

/** Looks again and again; the test's own time limit ends it. */
async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a worker that ends", () => {
  it.each(["exit", "fall"] as const)("(%s) costs its own photo only: those that wait and the next are analysed", async (how) => {
    const faces = pool();
    await faces.ready();
    const crashed = faces.analyze(order(how), never);
    const waiting = faces.analyze(sample(3), never);
    await expect(crashed).rejects.toThrow(WorkerCrashed);
    expect((await waiting).faces).toHaveLength(3);
    expect((await faces.analyze(sample(4), never)).faces).toHaveLength(4);
  });

  it("again and again is replaced again and again", async () => {
    const faces = pool({ workers: 2 });
    for (let i = 0; i < 3; i++) {
      const crashes = await Promise.allSettled([faces.analyze(order("exit"), never), faces.analyze(order("fall"), never)]);
      expect(crashes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    }
    expect((await Promise.all([sample(1), sample(2)].map((bytes) => faces.analyze(bytes, never)))).map(({ faces: { length } }) => length)).toEqual([3, 3]);
  });
});

describe("a worker that outgrows its memory", () => {
  it("ends alone, and the next photo is analysed", async () => {
    const faces = pool();
    await faces.ready();
    await expect(faces.analyze(order("grow"), never)).rejects.toThrow(WorkerCrashed);
    expect((await faces.analyze(sample(3), never)).faces).toHaveLength(3);
  });
});

describe("a worker that hangs", () => {
  it.each(["hang", "spin", "hangWithin"] as const)("(%s) is replaced, and its photo known for it", async (how) => {
    const faces = pool({ hang: 500 });
    await faces.ready();
    const stuck = faces.analyze(order(how), never);
    const waiting = faces.analyze(order("fail"), never).catch((error: unknown) => error);
    await expect(stuck).rejects.toThrow(WorkerCrashed);
    await expect(stuck).rejects.toThrow("not done with the photo after 0.5 s");
    expect(await waiting).toMatchObject({ message: "Error: an unforeseen thing" });
  });
});

describe("a worker that hangs and cannot be ended", () => {
  it("lets the others work, and judge alone, once it is known", async () => {
    const faces = pool({ workers: 3, hang: 500 });
    await faces.ready();
    const orders = ["hangAtWork", "judge", "work", "judge", "work"] as const;
    const failures = await Promise.allSettled(orders.map((name) => faces.analyze(order(name), never)));
    expect(failures.map((failed) => ((failed as PromiseRejectedResult).reason as Error).message)).toEqual([
      "the worker was not done with the photo after 0.5 s",
      ...["Error: it was alone", "Error: it worked", "Error: it was alone", "Error: it worked"],
    ]);
  });

  it("is not waited for by a photo that nobody wants any more", async () => {
    const faces = pool({ workers: 2, hang: 3000 });
    await faces.ready();
    let known = false;
    const stuck = faces.analyze(order("hangAtWork"), never).catch((error: unknown) => {
      known = true;
      return error;
    });
    const deadline = new AbortController();
    const waiting = faces.analyze(order("judgeBeside"), deadline.signal);
    setTimeout(() => deadline.abort(), 100);
    await expect(waiting).rejects.toThrow(DeadlinePassed);
    await expect(faces.analyze(order("work"), never)).rejects.toThrow("it worked"); // by the one that waited
    expect(known).toBe(false);
    expect(await stuck).toBeInstanceOf(WorkerCrashed);
  });

  it("is replaced thrice; after that the pool lives as long as another worker does", async () => {
    const reported: string[] = [];
    const faces = pool({ hang: 100, report: ({ message }) => reported.push(message) });
    await faces.ready();
    for (let i = 0; i < 3; i++) await expect(faces.analyze(order("hangAtWork"), never)).rejects.toThrow(WorkerCrashed);
    await until(() => reported.length > 0);
    expect(reported).toEqual(["3 threads hang and do not end"]);
    expect(faces).toMatchObject({ alive: false, lost: true });
  });
});

describe("large pictures", () => {
  it.each(["exitLarge", "hangLarge"] as const)("are decoded one at a time, and a worker that ends (%s) gives its turn back", async (how) => {
    const faces = pool({ workers: 2, hang: 1000 });
    await faces.ready();
    const failures = await Promise.allSettled([faces.analyze(order(how), never), faces.analyze(order("large"), never)]);
    // The second was not taken for one that hangs, though it waited as long as the first one hung.
    expect(failures.map((failed) => (failed as PromiseRejectedResult).reason as unknown)).toEqual([expect.any(WorkerCrashed), expect.objectContaining({ message: "Error: it was its turn" })]);
    await expect(faces.analyze(order("large"), never)).rejects.toThrow("it was its turn");
  });

  it("that nobody waits for any more while they wait for their turn are not begun", async () => {
    const faces = pool({ workers: 2, hang: 1500 });
    await faces.ready();
    const holder = faces.analyze(order("hangLarge"), never);
    const deadline = new AbortController();
    const waiting = faces.analyze(order("hangLarge"), deadline.signal);
    setTimeout(() => deadline.abort(), 100);
    await expect(waiting).rejects.toThrow(DeadlinePassed);
    await expect(faces.analyze(order("fail"), never)).rejects.toThrow("an unforeseen thing"); // by the one that waited
    await expect(holder).rejects.toThrow(WorkerCrashed);
  });
});

describe("whether a worker lives", () => {
  it("is known: not before the models are loaded, not from the last one's end until another has loaded them", async () => {
    const faces = pool();
    expect(faces.alive).toBe(false);
    await faces.ready();
    expect(faces.alive).toBe(true);
    await expect(faces.analyze(order("exit"), never)).rejects.toThrow(WorkerCrashed);
    expect(faces).toMatchObject({ alive: false, lost: false });
    await expect(faces.analyze(order("fail"), never)).rejects.toThrow("an unforeseen thing");
    expect(faces.alive).toBe(true);
    await faces.close();
    expect(faces.alive).toBe(false);
  });

  it("is said of a pool as long as one of them does", async () => {
    const faces = pool({ workers: 2 });
    await faces.ready();
    await expect(faces.analyze(order("exit"), never)).rejects.toThrow(WorkerCrashed);
    expect(faces.alive).toBe(true);
  });

  it("is known of one that ends between photos, which is replaced as well", async () => {
    const faces = pool();
    await faces.ready();
    await expect(faces.analyze(order("die"), never)).rejects.toThrow("it will end");
    await until(() => !faces.alive);
    expect((await faces.analyze(sample(1), never)).faces).toHaveLength(3);
  });
});

describe("a worker that cannot be replaced", () => {
  let gate: string;
  beforeEach(() => {
    gate = process.env.GATED_WORKER = join(mkdtempSync(join(tmpdir(), "gate-")), "models");
    writeFileSync(gate, "");
  });
  afterEach(() => rmSync(join(gate, ".."), { recursive: true }));

  it("because the models have gone says so once, refuses photos, and is there again when they are", async () => {
    const reported: string[] = [];
    const faces = pool({ report: ({ message }) => reported.push(message) }, "gated");
    await faces.ready();
    rmSync(gate);
    await expect(faces.analyze(order("exit"), never)).rejects.toThrow(WorkerCrashed);
    await expect(faces.analyze(order("exit"), never)).rejects.toThrow("the model file has gone");
    await new Promise((resolve) => setTimeout(resolve, 500)); // some more tries
    expect(reported).toEqual(["Error: the model file has gone"]);
    writeFileSync(gate, "");
    await until(() => faces.alive);
    await expect(faces.analyze(order("exit"), never)).rejects.toThrow(WorkerCrashed);
  });

  it("because it ends while it loads is tried again, ever more slowly; photos wait for it", async () => {
    const reported: string[] = [];
    const faces = pool({ workers: 2, report: ({ message }) => reported.push(message) }, "gated");
    await faces.ready();
    writeFileSync(`${gate}.exit`, "");
    await Promise.allSettled([faces.analyze(order("exit"), never), faces.analyze(order("exit"), never)]);
    const waiting = faces.analyze(order("exit"), never);
    await until(() => reported.length > 0);
    expect(reported).toEqual(["worker exited with code: 6"]);
    rmSync(`${gate}.exit`);
    await expect(waiting).rejects.toThrow("exited with code: 7"); // by the new one, of the photo
  });
});
