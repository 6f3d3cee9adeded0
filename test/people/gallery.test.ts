import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GalleryUnusable } from "../../src/errors.js";
import { distance } from "../../src/faces/distance.js";
import type { Gallery } from "../../src/people/gallery.js";
import { openGallery, recreateGallery } from "../../src/people/lance.js";
import { descriptor, enrolment, FUSED, MODEL } from "./descriptors.js";

describe.each([MODEL, FUSED])("a gallery of descriptors of $length numbers", (model) => {
  let folder: string;
  let gallery: Gallery;
  const one = (person: number, photo = 0) => enrolment(person, photo, model);
  const face = (person: number, photo = 0) => descriptor(person, photo, model);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gallery-"));
    gallery = await openGallery({ location: join(folder, "gallery"), model });
    await gallery.enrolAll(Array.from({ length: 20 }, (_, person) => one(person)));
  });
  afterAll(async () => {
    await gallery.close();
    await rm(folder, { recursive: true });
  });

  it("says of each enrolment what became of it, and has the photo once", async () => {
    expect(await gallery.enrol(one(0, 1))).toBe("enrolled");
    expect(await gallery.enrol(one(0, 1))).toBe("unchanged");
    expect(await gallery.enrol({ ...one(0, 1), etag: "other bytes" })).toBe("replaced");
    expect(await gallery.enrol({ ...one(0, 1), etag: undefined })).toBe("replaced");
    expect(await gallery.enrol({ ...one(0, 1), etag: undefined })).toBe("replaced"); // nothing says that they are the same bytes
    expect(await gallery.enrolAll([one(0, 1), one(0, 1), one(0, 2)])).toEqual(["replaced", "unchanged", "enrolled"]);
    expect(await gallery.count()).toEqual({ people: 20, photos: 22 });
    expect(await gallery.find(one(0, 2).photo)).toEqual({ ...one(0, 2), descriptor: undefined });
    expect(await gallery.find("oss://photos/people/nobody.jpg")).toBeUndefined();
  });

  it("finds the nearest people of several faces: by their best photo, with the distance to their mean", async () => {
    const found = await gallery.nearest([face(7, 5), face(0, 1)], 3);
    expect(found.map((people) => people.length)).toEqual([3, 3]);
    expect(found[0][0]).toMatchObject({ name: "person 7", photos: 1 });
    expect(found[0][0].distance).toBeCloseTo(distance(face(7, 5), face(7)), 5);
    expect(found[0][0].meanDistance).toBe(found[0][0].distance);
    const mean = face(0).map((value, k) => (value + face(0, 1)[k] + face(0, 2)[k]) / 3);
    expect(found[1][0]).toMatchObject({ name: "person 0", photos: 3 });
    expect(found[1][0].distance).toBeCloseTo(0, 5);
    expect(found[1][0].meanDistance).toBeCloseTo(distance(face(0, 1), mean), 5);
    for (const people of found) expect(people.map((person) => person.distance)).toEqual(people.map((person) => person.distance).sort((a, b) => a - b));
  });

  it("orders people as an exact comparison does, all of them where so many are asked for", async () => {
    const probe = face(999);
    const exact = Array.from({ length: 20 }, (_, person) => ({ name: `person ${person}`, distance: Math.min(...(person === 0 ? [0, 1, 2] : [0]).map((photo) => distance(probe, face(person, photo)))) }));
    exact.sort((a, b) => a.distance - b.distance);
    const [found] = await gallery.nearest([probe], 100);
    expect(found.map(({ name }) => name)).toEqual(exact.map(({ name }) => name));
  });

  it("leaves out a name, and wants descriptors of its own length", async () => {
    const [[first]] = await gallery.nearest([face(7)], 1, ["person 7"]);
    expect(first.name).not.toBe("person 7");
    await expect(gallery.nearest([[1, 2, 3]], 1)).rejects.toThrow(`descriptors of ${model.length} numbers, not 3`);
    await expect(gallery.enrol({ ...one(1), descriptor: [1] })).rejects.toThrow("not 1");
  });

  it("gives descriptors back as they were", async () => {
    const sample = await gallery.sample(5);
    expect(sample.length).toBe(5);
    for (const { photo, descriptor: numbers } of sample) {
      const [, person, index] = /person (\d+)\/(\d+)/.exec(photo)!.map(Number);
      expect(distance(numbers, face(person, index))).toBeCloseTo(0, 5);
      expect(Math.max(...numbers.map((value, k) => Math.abs(value - face(person, index)[k])))).toBeLessThan(1e-6);
    }
    expect((await gallery.sample(1000)).length).toBe(22);
    const all = [];
    for await (const piece of gallery.all()) all.push(...piece);
    expect(all.map(({ photo }) => photo).sort()).toEqual((await gallery.history()).map(({ photo }) => photo).sort());
  });

  it("refuses to open with another model, names both and says what to do, and is empty when it was made anew", async () => {
    const location = join(folder, "second");
    const first = await openGallery({ location, model });
    await first.enrol(one(1));
    await first.forgetPerson("person 2", new Date("2026-05-06T07:08:09Z"));
    const other = { ...model, name: "another", sha256: "ef".repeat(32) };
    const refused = openGallery({ location, model: other });
    await expect(refused).rejects.toBeInstanceOf(GalleryUnusable);
    await expect(refused).rejects.toThrow(new RegExp(`${model.name}.*another.*oss-faces people rebuild`));
    const anew = await recreateGallery({ location, model: other });
    expect(await anew.count()).toEqual({ people: 0, photos: 0 });
    // A process that still has it open with the first model neither adds to it nor finds anybody in it.
    await expect(first.enrol(one(3))).rejects.toBeInstanceOf(GalleryUnusable);
    await expect(first.nearest([face(1)], 1)).rejects.toBeInstanceOf(GalleryUnusable);
    await first.close();
    expect(await anew.enrol(one(4))).toBe("enrolled");
    expect(await anew.count()).toEqual({ people: 1, photos: 1 });
    expect(await anew.forgottenAt("person 2")).toEqual(new Date("2026-05-06T07:08:09Z"));
    await anew.close();
  });
});
