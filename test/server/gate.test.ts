import { Busy } from "../../src/errors.js";
import { Gate } from "../../src/server/gate.js";

describe("the gate", () => {
  it("counts one that leaves twice once: a socket's end may tell of its answer's end as well", async () => {
    const gate = new Gate({ most: 2, mostBytes: 100 });
    const [first, second] = [gate.enter(40), gate.enter(40)];
    for (let times = 0; times < 2; times++) first.leave();
    gate.enter(60).leave();
    expect(() => gate.enter(61)).toThrow(Busy); // the second is still inside, with its bytes
    let drained = false;
    const draining = gate.drain(1000).then(() => (drained = true));
    for (let times = 0; times < 2; times++) first.leave();
    await new Promise(setImmediate);
    expect(drained).toBe(false);
    second.leave();
    await draining;
  });
});
