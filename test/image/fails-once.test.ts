import sharp from "sharp";
import type * as ofHeic from "../../src/image/heic.js";
import type * as ofLibHeif from "../../src/image/libheif.js";
import { heic } from "../kit/heic.js";

/** A module of its own, which nobody has used yet. */
const fresh = (name: string): Promise<unknown> => import(`../../src/image/${name}.js?${Math.random()}`);

/** Does work while a function of an object fails. */
async function without<T>(object: object, name: string, work: () => Promise<T>): Promise<T> {
  const original = Object.getOwnPropertyDescriptor(object, name);
  if (!original) throw new Error(`no ${name}`);
  const failing = () => {
    throw new Error(`${name} failed`);
  };
  Object.defineProperty(object, name, { ...original, value: failing });
  try {
    return await work();
  } finally {
    Object.defineProperty(object, name, original);
  }
}

describe("what is made once is tried again after it failed", () => {
  it("libheif", async () => {
    const { LibHeif } = (await fresh("libheif")) as typeof ofLibHeif;
    const { WebAssembly } = globalThis as unknown as { WebAssembly: object };
    await expect(without(WebAssembly, "compile", () => LibHeif.start())).rejects.toThrow("compile failed");
    expect((await LibHeif.start()).context).toBeGreaterThan(0);
  });

  it("the profile of Display P3", async () => {
    const { readHeic } = (await fresh("heic")) as typeof ofHeic;
    const photo = await heic(sharp({ create: { width: 64, height: 64, channels: 3, background: "#c85a3c" } }), { primaries: 12 });
    const read = () => readHeic(photo, { maxPixels: 10_000, workingSize: 64 });
    await expect(without(sharp.prototype as object, "withIccProfile", read)).rejects.toThrow("withIccProfile failed");
    expect((await read()).icc?.toString("latin1", 16, 20)).toBe("RGB ");
  });
});
