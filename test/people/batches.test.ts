import { Batches } from "../../src/people/batches.js";

describe("jobs done in batches", () => {
  let batches: string[][];
  /** Ends the wait for the turn. */
  let turn: () => void;
  let queue: Batches<string, string>;
  beforeEach(() => {
    batches = [];
    const waited = new Promise<void>((resolve) => (turn = resolve));
    queue = new Batches(async (take) => {
      await waited;
      const batch = take();
      batches.push(batch);
      if (batch.includes("bad")) throw new Error("bad batch");
      return batch.map((job) => job.toUpperCase());
    }, 3);
  });

  it("takes in what comes while it waits for its turn, so many at a time, and answers each", async () => {
    const asked = ["a", "b"].map((job) => queue.ask(job));
    await new Promise(setImmediate);
    asked.push(...["c", "d"].map((job) => queue.ask(job)));
    turn();
    expect(await Promise.all(asked)).toEqual(["A", "B", "C", "D"]);
    expect(batches).toEqual([["a", "b", "c"], ["d"]]);
    expect(await queue.ask("e")).toBe("E");
  });

  it("fails those of a batch that failed, no others", async () => {
    const asked = ["a", "bad", "b", "c"].map((job) => queue.ask(job));
    turn();
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected", "fulfilled"]);
  });

  it("lets go of who does not want to wait any more, and of nobody who was taken", async () => {
    const [waiting, taken] = [new AbortController(), new AbortController()];
    const asked = [queue.ask("a", taken.signal), queue.ask("b", waiting.signal)];
    waiting.abort(new Error("too late"));
    await expect(asked[1]).rejects.toThrow("too late");
    turn();
    expect(await asked[0]).toBe("A");
    taken.abort();
    expect(batches).toEqual([["a"]]);
    await expect(queue.ask("c", taken.signal)).rejects.toThrow();
    await queue.idle();
  });
});
