import { Recent } from "../src/recent.js";

const recent = (most: number, mostBytes = 100) => new Recent<number>({ most, mostBytes, toText: String, fromText: Number });

/** Asks for a key; tells whether it was worked out anew. */
async function ask(memory: Recent<number>, key: string, value = 1): Promise<boolean> {
  let worked = false;
  await memory.get(key, () => {
    worked = true;
    return Promise.resolve(value);
  });
  return worked;
}

describe("the memory of recent results", () => {
  it("works out each once, also where a second asks before the first is done", async () => {
    const memory = recent(10);
    let finish: (value: number) => void = () => undefined;
    const first = memory.get("a", () => new Promise((resolve) => (finish = resolve)));
    const second = memory.get("a", () => Promise.resolve(2));
    finish(1);
    expect(await Promise.all([first, second])).toEqual([1, 1]);
    expect(await ask(memory, "a")).toBe(false);
    expect(await memory.get("a", () => Promise.resolve(2))).toBe(1);
  });

  it("forgets failures", async () => {
    const memory = recent(10);
    await expect(memory.get("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(memory.has("a")).toBe(false);
    expect(await ask(memory, "a")).toBe(true);
  });

  it.each([
    ["entries", recent(2), 1],
    ["bytes", recent(10, 2), 1],
  ])("forgets the oldest first where %s are too many", async (_, memory, value) => {
    for (const key of ["a", "b", "c"]) await ask(memory, key, value);
    expect(["a", "b", "c"].map((key) => memory.has(key))).toEqual([false, true, true]);
  });
});
