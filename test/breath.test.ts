import { inPieces } from "../src/breath.js";
import { notificationSteps } from "../src/events/oss.js";
import { receiveSteps } from "../src/events/receive.js";
import { ossRecord } from "../src/sources/notification.js";

const NEVER = new AbortController().signal;
/** Steps that take ten milliseconds each. */
function* slow(count: number): Generator<void, string> {
  for (let step = 0; step < count; step++) {
    for (const until = performance.now() + 10; performance.now() < until; );
    yield;
  }
  return "done";
}

describe("long work in pieces", () => {
  it("lets other work in between, other pieces, too", async () => {
    let turns = 0;
    const count = () => {
      turns += 1;
      if (turns < 20) setImmediate(count);
    };
    setImmediate(count);
    expect(await Promise.all([inPieces(slow(5), NEVER), inPieces(slow(5), NEVER)])).toEqual(["done", "done"]);
    expect(turns).toBeGreaterThanOrEqual(8);
  });

  it("ends where its signal aborts", async () => {
    const controller = new AbortController();
    const work = inPieces(slow(1e9), controller.signal);
    controller.abort(new Error("late"));
    await expect(work).rejects.toThrow("late");
  });

  it("passes on what a step throws", async () => {
    const broken = (function* (): Generator<void, never> {
      yield;
      throw new Error("broken");
    })();
    await expect(inPieces(broken, NEVER)).rejects.toThrow("broken");
  });
});

function stepsOf<T>(steps: Generator<void, T>): number {
  let count = 0;
  while (!steps.next().done) count += 1;
  return count;
}

it("a record of a notification is a step, and an event of a batch", () => {
  const record = ossRecord({ bucket: "b", key: "k" });
  const event = { specversion: "1.0", id: "1", type: "oss:ObjectCreated:PutObject", source: "/s", extensions: {}, written: {}, data: { bytes: Buffer.from(JSON.stringify({ events: Array(100).fill(record) })), base64: false } } as const;
  expect(stepsOf(notificationSteps(event))).toBe(100);
  const batch = Array(100).fill({ specversion: "1.0", id: "1", type: "t", source: "/s" });
  expect(stepsOf(receiveSteps({ "content-type": "application/cloudevents-batch+json" }, Buffer.from(JSON.stringify(batch))))).toBe(100);
});
