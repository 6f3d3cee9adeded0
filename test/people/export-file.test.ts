import { BadInput } from "../../src/errors.js";
import { exportLines, readExport } from "../../src/people/export-file.js";
import type { DescribedEnrolment, Forgetting } from "../../src/people/gallery.js";
import { enrolment, MODEL } from "./descriptors.js";

async function* linesOf(text: string): AsyncGenerator<string> {
  for (const line of text.split("\n")) yield await Promise.resolve(line);
}

/** What is handed on, and what it ends with. */
async function read(text: string): Promise<{ photos: DescribedEnrolment[]; forgotten: Forgetting[]; error?: Error }> {
  const photos: DescribedEnrolment[] = [];
  const forgotten: Forgetting[] = [];
  try {
    for await (const piece of readExport(linesOf(text), MODEL, (list) => Promise.resolve(void forgotten.push(...list)))) photos.push(...piece);
    return { photos, forgotten };
  } catch (error) {
    return { photos, forgotten, error: error as Error };
  }
}

const line = (value: unknown) => `${JSON.stringify(value)}\n`;
const head = line({ model: MODEL });

describe("the file of an export", () => {
  it("reads what it wrote, whatever names and keys hold", async () => {
    const all = [enrolment(1), { ...enrolment(2), photo: "oss://photos/people/a\u0001\u2028\"\\\n/王.jpg", name: "O'Neil 王" }, { ...enrolment(3), photo: "file:///a%20b.jpg", etag: undefined }];
    const forgettings = [{ person: "ef".repeat(32), at: "2026-11-22T10:00:00.000Z" }];
    const gallery = { model: MODEL, forgettings: () => Promise.resolve(forgettings), all: async function* () { yield await Promise.resolve(all.slice(0, 2)); yield all.slice(2); } };
    let text = "";
    for await (const one of exportLines(gallery)) text += one;
    expect(text.split("\n").length).toBe(5);
    expect(await read(text)).toEqual({ photos: all, forgotten: forgettings });
    expect((await read(`\ufeff${text.replaceAll("\n", "\r\n")}`)).photos).toEqual(all); // as Windows leaves it
  });

  it("hands on many in pieces", async () => {
    const sizes: number[] = [];
    const lines = head + line(enrolment(1)).repeat(1201);
    for await (const piece of readExport(linesOf(lines), MODEL, () => Promise.resolve())) sizes.push(piece.length);
    expect(sizes).toEqual([500, 500, 201]);
  });

  it("brings names into the form that the gallery keeps", async () => {
    const { photos } = await read(head + line({ ...enrolment(1), name: "Rene\u0301" }));
    expect(photos[0].name).toBe("Ren\u00e9");
  });

  const good = line(enrolment(1));
  const bad = (change: object) => head + line({ ...enrolment(1), ...change });
  it.each([
    ["nothing", "", "line 1: is no JSON"],
    ["no model", good, "line 1: model: "],
    ["another model", line({ model: { ...MODEL, sha256: "cd".repeat(32) } }), "line 1: the file was made with single (128 numbers, sha256 cdcdcdcdcdcd), the gallery with single (128 numbers, sha256 abababababab)"],
    ["another length", line({ model: { ...MODEL, length: 256 } }), "line 1: the file was made with single (256 "],
    ["text", `${head}${good}hello`, "line 3: is no JSON"],
    ["half a line", `${head}\n${good}${good.slice(0, 500)}`, "line 4: is no JSON"],
    ["a short descriptor", bad({ descriptor: [1, 2] }), "line 2: descriptor: has 2 numbers, not 128"],
    ["no numbers", bad({ descriptor: Array(128).fill("1") }), "line 2: descriptor.0: "],
    ["numbers without end", bad({ descriptor: Array(128).fill(null) }), "line 2: descriptor.0: "],
    ["an address of nowhere", bad({ photo: "http://photos/1.jpg" }), "line 2: photo: must be an address"],
    ["no name", bad({ name: "" }), "line 2: name: "],
    ["no time", bad({ enrolledAt: "yesterday" }), "line 2: enrolledAt: "],
    ["a field of another version", bad({ age: 40 }), "line 2: "],
  ])("refuses %s, naming the line", async (_, text, message) => {
    const { photos, error } = await read(text);
    expect(error).toBeInstanceOf(BadInput);
    expect(error!.message.slice(0, message.length)).toBe(message);
    expect(photos.length).toBe(text.startsWith(head + good) || text.startsWith(`${head}\n${good}`) ? 1 : 0); // those before it are handed on
    expect(error!.message).not.toContain("0.0"); // no part of a descriptor
  });
});
