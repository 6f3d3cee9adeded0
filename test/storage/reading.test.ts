import { ObjectTooLarge, StorageUnavailable } from "../../src/errors.js";
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
});
