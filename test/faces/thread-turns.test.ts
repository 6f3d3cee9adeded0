import { DeadlinePassed, WorkerCrashed } from "../../src/errors.js";
import { modelPaths } from "../../src/faces/engine-info.js";
import { FaceWorker } from "../../src/faces/face-worker.js";
import { doom, hasWaited, setWanted, withinEngine } from "../../src/faces/thread-state.js";
import { ThreadStates } from "../../src/faces/thread-states.js";
import { alone, inTurn, THREADS, working } from "../../src/faces/thread-turns.js";
import { never, order, SETTINGS } from "./pools.js";

const forEver = () => new Promise<never>(() => {});

describe("a thread's turns", () => {
  it("to be alone come in the end, though another never pauses", async () => {
    const states = new ThreadStates(50);
    const [busy, other] = [states.open(), states.open()];
    void working(busy, forEver);
    expect(await working(other, () => alone(other, () => Promise.resolve("judged")))).toBe("judged");
    expect(hasWaited(other)).toBe(true);
    expect(hasWaited(other)).toBe(false);
  });

  it("are not waited for where nobody wants the photo any more", async () => {
    const states = new ThreadStates(10_000);
    const [busy, other] = [states.open(), states.open()];
    void working(busy, forEver);
    setWanted(other, false);
    await expect(working(other, () => alone(other, forEver))).rejects.toThrow(DeadlinePassed);
  });
});

describe("a worker that waits for its turn", () => {
  it("does so only so often", async () => {
    const states = new ThreadStates(100);
    void inTurn(states.open(), forEver);
    const events = { up() {}, down() {}, failed() {} };
    const settings = { ...SETTINGS, paths: modelPaths(SETTINGS.options) };
    const worker = new FaceWorker({ file: new URL("./workers/fickle.js", import.meta.url), settings, states, left: new Set(), hang: 100, waits: 2, events });
    await worker.ready;
    const started = performance.now();
    await expect(worker.analyze(order("large"), never)).rejects.toThrow(WorkerCrashed);
    expect(performance.now() - started).toBeGreaterThan(250); // twice it was excused
    await worker.close();
  });
});

describe("a thread's number", () => {
  it("is never that of another that still is, however many there were", () => {
    const states = new ThreadStates(50);
    const first = states.open();
    for (let i = 0; i < 2 * THREADS; i++) {
      const next = states.open();
      expect(next.owner).not.toBe(first.owner);
      states.close(next);
    }
  });
});

describe("a thread that is to be ended", () => {
  it("does not enter the engine any more, and is not ended while it is within", async () => {
    const state = new ThreadStates(50).open();
    await withinEngine(state, () => Promise.resolve(expect(doom(state)).toBe(false)));
    expect(doom(state)).toBe(true);
    await expect(withinEngine(state, forEver)).rejects.toThrow("is to be ended");
  });
});
