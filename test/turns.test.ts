import { Turns } from "../src/turns.js";

const never = () => new AbortController().signal;

/** Asks for turns by name; tells in which order they were let in. */
function askFor(turns: Turns, wishes: [name: string, weight: number, signal?: AbortSignal][]): string[] {
  const inside: string[] = [];
  for (const [name, weight, signal = never()] of wishes) void turns.next(signal, weight).then(() => inside.push(name), () => inside.push(`${name} left`));
  return inside;
}
const settled = () => new Promise(setImmediate);

describe("turns by weight", () => {
  it("let in what fits, in order: a heavy one is not overtaken", async () => {
    const turns = new Turns(10);
    const inside = askFor(turns, [["a", 6], ["b", 6], ["c", 1]]);
    await settled();
    expect(inside).toEqual(["a"]);
    turns.end(6);
    await settled();
    expect(inside).toEqual(["a", "b", "c"]);
  });

  it("let in one that is too heavy where nobody else is in, and others after it", async () => {
    const turns = new Turns(10);
    const inside = askFor(turns, [["heavy", 25], ["a", 5], ["heavy too", 11], ["b", 1]]);
    await settled();
    expect(inside).toEqual(["heavy"]);
    turns.end(25);
    await settled();
    expect(inside).toEqual(["heavy", "a"]);
    turns.end(5);
    await settled();
    expect(inside).toEqual(["heavy", "a", "heavy too"]);
    turns.end(11);
    await settled();
    expect(inside).toEqual(["heavy", "a", "heavy too", "b"]);
  });

  it("let those by who stand behind one that leaves the line", async () => {
    const turns = new Turns(10);
    const leaving = new AbortController();
    const inside = askFor(turns, [["a", 6], ["b", 6, leaving.signal], ["c", 4], ["d", 1]]);
    leaving.abort(new Error("no time"));
    await settled();
    expect(inside.sort()).toEqual(["a", "b left", "c"]);
    turns.end(4);
    await settled();
    expect(inside).toContain("d");
  });

  it("let nobody in whose signal aborted before", async () => {
    await expect(new Turns(1).next(AbortSignal.abort(new Error("no time")))).rejects.toThrow("no time");
  });
});
