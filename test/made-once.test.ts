import { madeOnce } from "../src/made-once.js";

describe("what is made once", () => {
  it("is made when it is first asked for, and kept", async () => {
    let made = 0;
    const get = madeOnce(() => Promise.resolve(++made));
    expect(made).toBe(0);
    expect(await Promise.all([get(), get()])).toEqual([1, 1]);
    expect(await get()).toBe(1);
  });

  it("is tried again after it failed, once for all who ask meanwhile", async () => {
    let tries = 0;
    const get = madeOnce(() => (++tries === 1 ? Promise.reject(new Error("not yet")) : Promise.resolve("there")));
    const first = await Promise.allSettled([get(), get()]);
    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await get()).toBe("there");
    expect(tries).toBe(2);
  });
});
