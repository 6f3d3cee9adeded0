import { GalleryUnavailable } from "../src/errors.js";
import { lanceCalls } from "../src/people/lance-calls.js";
import { checkKeys } from "../src/storage/oss-relay-border.js";
import { cleaned } from "../src/storage/oss-fault.js";
import { xmlField } from "../src/storage/xml-field.js";

/** What OSS, or somebody in its place, may answer with: as much as is read of an error. */
const LENGTH = 64 * 1024;
const filled = (before: string, part: string, after = "") => before + part.repeat(LENGTH / part.length) + after;

/** In what one character of hostile text may cost, even on a slow machine: 10 µs. Going back and forth in it takes minutes. */
async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

describe("a field of an XML document", () => {
  it.each([
    ["<E><EC>0048-1</EC></E>", "0048-1"],
    ["<EC>\n  0048-1\t</EC>", "0048-1"],
    ["<EC>a b</EC>", "a b"],
    ["<EC></EC>", undefined],
    ["<EC>  </EC>", undefined],
    [`<EC>${"x".repeat(301)}</EC>`, undefined],
    ["<EC><EC>1</EC>", "1"],
    ["<EC>1", undefined],
    ["<ECO>1</ECO>", undefined],
  ])("%j: %s", (document, value) => {
    expect(xmlField(document, "EC")).toBe(value);
  });
});

describe("text of strangers costs no more than its length", () => {
  it.each([
    ["spaces in a field that never ends", filled("<EC>", " ")],
    ["spaces before a field that is too long", filled("<EC>", " ", `${"x".repeat(300)}</EC>`)],
    ["fields that begin", filled("", "<EC>")],
    ["fields that begin and have something", filled("", "<EC>  x  ")],
  ])("an error of OSS: %s", async (_, document) => {
    expect(await timed(() => cleaned({}, { headers: {}, data: Buffer.from(document) }))).toBeLessThan(600);
  });

  it("what the gallery's library wants to delete", async () => {
    const check = () => expect(() => checkKeys(Buffer.from(filled("", " ", "x")), { bucket: "b", prefix: "p/" })).toThrow("in another form");
    expect(await timed(check)).toBeLessThan(600);
  });

  it("what the gallery's library says", async () => {
    const call = lanceCalls("here", [])(() => Promise.reject(new Error(filled("", "/", " "))));
    expect(await timed(() => expect(call).rejects.toBeInstanceOf(GalleryUnavailable))).toBeLessThan(600);
  });
});
