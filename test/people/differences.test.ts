import { type Differences, differences } from "../../src/people/differences.js";
import type { Enrolment } from "../../src/people/gallery.js";
import type { ObjectStat } from "../../src/storage/object-store.js";

const place = { bucket: "photos", prefix: "people/" };
const enrolled = (photo: string, etag?: string, name = "Bob"): Enrolment => ({ photo, name, ...(etag && { etag }), enrolledAt: "2026-01-01T00:00:00.000Z" });

async function* listed(...objects: [key: string, etag?: string][]): AsyncGenerator<ObjectStat> {
  for (const [key, etag] of objects) yield await Promise.resolve({ key, size: 1, lastModified: new Date(), ...(etag && { etag }) });
}

describe("a gallery against the photos of a bucket", () => {
  it.each([
    ["a new photo", [], [["people/Bob/1.jpg", "A"]], { enrol: [{ key: "people/Bob/1.jpg", why: "new" }] }],
    ["a photo as it is", [enrolled("oss://photos/people/Bob/1.jpg", "A")], [["people/Bob/1.jpg", "A"]], { same: 1 }],
    ["a photo listed without its eTag", [enrolled("oss://photos/people/Bob/1.jpg", "asked")], [["people/Bob/1.jpg"]], { same: 1 }],
    ["other bytes", [enrolled("oss://photos/people/Bob/1.jpg", "A")], [["people/Bob/1.jpg", "B"]], { enrol: [{ key: "people/Bob/1.jpg", why: "changed" }] }],
    ["bytes that nobody knows", [enrolled("oss://photos/people/Bob/1.jpg")], [["people/Bob/1.jpg", "A"]], { enrol: [{ key: "people/Bob/1.jpg", why: "changed" }] }],
    ["another name", [enrolled("oss://photos/people/Bob/1.jpg", "A", "Ann")], [["people/Bob/1.jpg", "A"]], { enrol: [{ key: "people/Bob/1.jpg", why: "changed" }] }],
    ["a name in two forms of Unicode", [enrolled("oss://photos/people/Rene\u0301/1.jpg", "A", "Ren\u00e9")], [["people/Rene\u0301/1.jpg", "A"]], { same: 1 }],
    ["a photo that is gone", [enrolled("oss://photos/people/Bob/1 100%+.jpg", "A")], [], { forget: ["people/Bob/1 100%+.jpg"] }],
    ["photos of elsewhere", [enrolled("oss://photos2/people/Bob/1.jpg", "A"), enrolled("oss://photos/people2/Bob/1.jpg", "A"), enrolled("file:///people/Bob/1.jpg", "A")], [], {}],
  ] satisfies [string, Enrolment[], [string, string?][], Partial<Differences>][])("%s", async (_, gallery, objects, expected) => {
    const found = await differences(gallery, listed(...objects), place, () => Promise.resolve("asked"));
    expect(found).toEqual({ enrol: [], forget: [], same: 0, ...expected });
  });
});
