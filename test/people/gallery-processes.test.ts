import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Gallery } from "../../src/people/gallery.js";
import { openGallery } from "../../src/people/lance.js";
import { descriptor, enrolment, MODEL } from "./descriptors.js";
import { enrolElsewhere } from "./enrolling.js";

describe("a gallery that several processes have open", () => {
  let location: string;
  let gallery: Gallery;

  beforeEach(async () => {
    location = await mkdtemp(join(tmpdir(), "gallery-"));
    gallery = await openGallery({ location, model: MODEL });
  });
  afterEach(async () => {
    await gallery.close();
    await rm(location, { recursive: true });
  });

  /** Each of these people is there once, by count, by history and by search. */
  async function expectOnce(people: number): Promise<void> {
    expect(await gallery.count()).toEqual({ people, photos: people });
    const photos = (await gallery.history()).map(({ photo }) => photo);
    expect(new Set(photos).size).toBe(people);
    const found = await gallery.nearest(Array.from({ length: people }, (_, person) => descriptor(person)), 1);
    found.forEach(([first], person) => expect(first).toMatchObject({ name: `person ${person}`, photos: 1 }));
    found.forEach(([first]) => expect(first.distance).toBeLessThan(1e-5));
  }

  it("has everyone whom two processes enrol at once, nobody twice", async () => {
    const half = (from: number) => enrolElsewhere({ location, model: MODEL, from, to: from + 100 });
    const said = (await Promise.all([half(0), half(100)])).flat();
    expect(said.filter(({ enrolled }) => enrolled === "enrolled").length).toBe(200);
    await expectOnce(200);
  });

  it("has everyone once where both get the same photos, and are killed in the middle of enrolling", async () => {
    const killed = (killAfter: number[]) => enrolElsewhere({ location, model: MODEL, from: 0, to: 40, killAfter });
    const said = await Promise.all([killed([3, 9, 11]), killed([7, 5, 13])]);
    for (const messages of said) expect(messages.at(-1)).toMatchObject({ done: true });
    await expectOnce(40);
  });

  it("shows in one process at once what another one enrolled", async () => {
    expect(await gallery.nearest([descriptor(0)], 1)).toEqual([[]]);
    const searches: Promise<string | undefined>[] = [];
    await enrolElsewhere({ location, model: MODEL, from: 0, to: 5, enrolled: (person) => searches.push(gallery.nearest([descriptor(person)], 1).then(([[first]]) => first?.name)) });
    expect(await Promise.all(searches)).toEqual(Array.from({ length: 5 }, (_, person) => `person ${person}`));
  });

  it("does not fail searches of one process while another one forgets", async () => {
    await gallery.enrolAll(Array.from({ length: 50 }, (_, person) => enrolment(person)));
    const other = await openGallery({ location, model: MODEL });
    let forgetting = true;
    const forgot = (async () => {
      for (let person = 0; person < 10; person++) await other.forgetPhoto(enrolment(person).photo);
    })().finally(() => (forgetting = false));
    let searches = 0;
    for (; forgetting; searches++) {
      const [[first]] = await gallery.nearest([descriptor(40)], 1);
      expect(first.name).toBe("person 40");
    }
    await forgot;
    expect(searches).toBeGreaterThan(10);
    expect((await gallery.nearest([descriptor(3)], 1))[0][0].name).not.toBe("person 3");
    await other.close();
  });

  it("shares what is kept, and does not pile up files however often something is written", async () => {
    const other = await openGallery({ location, model: MODEL });
    expect(await other.recall("rule")).toBeUndefined();
    await gallery.keep("rule", { distance: 0.5 });
    expect(await other.recall("rule")).toEqual({ distance: 0.5 });
    await other.keep("rule", { distance: 0.4 });
    expect(await gallery.recall("rule")).toEqual({ distance: 0.4 });
    await other.close();
    for (let i = 0; i < 80; i++) {
      await gallery.enrol({ ...enrolment(i % 7), etag: String(i) });
      await gallery.keep("rule", { distance: i });
    }
    await gallery.close();
    const files = await readdir(location, { recursive: true });
    expect(files.length).toBeLessThan(300);
    gallery = await openGallery({ location, model: MODEL });
    expect(await gallery.recall("rule")).toEqual({ distance: 79 });
    expect(await gallery.count()).toEqual({ people: 7, photos: 7 });
  });
});
