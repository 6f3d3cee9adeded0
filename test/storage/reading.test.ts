import { DeadlinePassed, ObjectTooLarge, StorageUnavailable } from "../../src/errors.js";
import { readBody } from "../../src/storage/reading.js";
import { failureOf } from "./support.js";

const REF = { bucket: "photos", key: "a.jpg" };

async function* chunks(...lengths: number[]): AsyncGenerator<Uint8Array> {
  for (const length of lengths) yield await Promise.resolve(new Uint8Array(length).fill(7));
}

describe("reading a body", () => {
  it.each([
    ["as many bytes as announced", [30, 30, 40], 100],
    ["bytes of unknown number", [30, 30, 1000], undefined],
    ["empty chunks", [0, 10, 0], 10],
    ["nothing", [], 0],
  ])("takes %s", async (_, lengths, size) => {
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const body = await readBody(chunks(...lengths), REF, size, { maxBytes: 2000, wanted: () => true });
    expect(body.complete).toBe(true);
    expect(body.bytes).toEqual(new Uint8Array(total).fill(7));
    expect(body.bytes.buffer.byteLength).toBe(total);
  });

  it.each([
    ["fewer bytes than announced", [30, 30], 100, StorageUnavailable, "only 60 of the 100"],
    ["more bytes than announced", [30, 100], 100, StorageUnavailable, "more than the 100"],
    ["more bytes than allowed", [1500, 501], undefined, ObjectTooLarge, "2001 bytes; the limit is 2000"],
    ["more bytes announced than allowed", [], 2001, ObjectTooLarge, "2001 bytes; the limit is 2000"],
  ])("refuses %s", async (_, lengths, size, kind, words) => {
    const failure = await failureOf(readBody(chunks(...lengths), REF, size, { maxBytes: 2000, wanted: () => true }));
    expect(failure).toBeInstanceOf(kind);
    expect(failure.message).toContain("photos/a.jpg");
    expect(failure.message).toContain(words);
  });

  it("gathers 64 bytes before it asks whether they are wanted", async () => {
    const heads: number[] = [];
    const wanted = (head: Uint8Array) => heads.push(head.length) === 0;
    expect((await readBody(chunks(1, 1, 40, 30, 30, 30), REF, 132, { maxBytes: 2000, wanted })).complete).toBe(false);
    expect(heads).toEqual([72]);
  });

  it.each([
    ["what was announced", 100_000, 100_000],
    ["the limit where nothing was", undefined, 200_000],
  ])("waits for room for %s before it takes memory for more than the first bytes", async (_, size, asked) => {
    const rooms: number[] = [];
    let read = 0;
    const counted = async function* () {
      for await (const chunk of chunks(1000, 9000, 90_000)) {
        read += chunk.length;
        yield chunk;
      }
    };
    let free: () => void = () => undefined;
    const room = (bytes: number) => {
      rooms.push(bytes);
      return new Promise<void>((resolve) => (free = resolve));
    };
    const body = readBody(counted(), REF, size, { maxBytes: 200_000, wanted: () => true, room });
    while (rooms.length === 0) await new Promise(setImmediate);
    expect([rooms, read]).toEqual([[asked], 1000]);
    free();
    expect((await body).bytes).toEqual(new Uint8Array(100_000).fill(7));
    expect(rooms).toEqual([asked]);
  });

  it("asks for no room where the object is not wanted", async () => {
    const room = () => Promise.reject(new Error("asked"));
    expect((await readBody(chunks(100), REF, 100, { maxBytes: 2000, wanted: () => false, room })).complete).toBe(false);
  });

  it("ends where there will be no room", async () => {
    const room = () => Promise.reject(new DeadlinePassed("late"));
    expect(await failureOf(readBody(chunks(100), REF, 100, { maxBytes: 2000, wanted: () => true, room }))).toBeInstanceOf(DeadlinePassed);
  });
});
