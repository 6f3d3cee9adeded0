import { cp, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DescriptorModel, Gallery } from "../../src/people/gallery.js";
import { openGallery } from "../../src/people/lance.js";
import { clockBehind } from "../kit/clock.js";
import { descriptor, enrolment, FUSED, MODEL } from "./descriptors.js";
import { enrolElsewhere } from "./enrolling.js";
import { traces } from "./traces.js";

describe("forgetting", () => {
  let location: string;
  let gallery: Gallery;
  const open = async (model: DescriptorModel) => (gallery = await openGallery({ location, model }));

  beforeEach(async () => {
    location = await mkdtemp(join(tmpdir(), "gallery-"));
  });
  afterEach(async () => {
    await gallery.close();
    await rm(location, { recursive: true });
  });

  /** The files below the gallery's folder that hold any of these bytes. */
  async function filesWith(...wanted: (Buffer | string)[]): Promise<string[]> {
    const found = [];
    for (const name of await readdir(location, { recursive: true })) {
      const file = join(location, name);
      if (!(await stat(file)).isFile()) continue;
      const bytes = await readFile(file);
      if (wanted.some((one) => bytes.includes(one))) found.push(name);
    }
    return found;
  }

  it("takes one photo of three out of every file, and leaves the others", async () => {
    await open(MODEL);
    await gallery.enrolAll([enrolment(1, 0), enrolment(1, 1), enrolment(1, 2)]);
    expect(await filesWith(...traces(descriptor(1, 1)))).not.toEqual([]);
    expect(await gallery.forgetPhoto(enrolment(1, 1).photo)).toEqual({ ...enrolment(1, 1), descriptor: undefined });
    expect(await filesWith(...traces(descriptor(1, 1)), enrolment(1, 1).photo)).toEqual([]);
    expect(await filesWith(...traces(descriptor(1, 2)))).not.toEqual([]);
    expect(await gallery.forgetPhoto(enrolment(1, 1).photo)).toBeUndefined();
    const [[first]] = await gallery.nearest([descriptor(1, 1)], 5);
    expect(first).toMatchObject({ name: "person 1", photos: 2 });
    expect(first.distance).toBeGreaterThan(0.1);
  });

  it("takes a person out of every file, name and all, and keeps only a hash of it and when", async () => {
    await open(MODEL);
    const name = `O'Brien "王" \\ % 😀`;
    const photo = (file: string) => `oss://photos/people/${name}/${file}`;
    const mine = [0, 1].map((index) => ({ ...enrolment(1, index), name, photo: photo(`${index}.jpg`) }));
    await gallery.enrolAll([...mine, enrolment(2)]);
    expect((await gallery.history(name)).map((one) => one.photo)).toEqual(mine.map((one) => one.photo));
    const at = new Date("2026-03-04T05:06:07.089Z");
    expect((await gallery.forgetPerson(name, at)).map((one) => one.photo).sort()).toEqual(mine.map((one) => one.photo));
    expect(await filesWith(name, "王", ...traces(mine[0].descriptor), ...traces(mine[1].descriptor))).toEqual([]);
    expect(await gallery.forgottenAt(name)).toEqual(at);
    expect(await gallery.forgottenAt("person 2")).toBeUndefined();
    expect((await gallery.people()).map((person) => person.name)).toEqual(["person 2"]);
    expect(await gallery.forgetPerson("nobody", at)).toEqual([]);
    await gallery.forgetPerson("person 2", at);
    expect(await gallery.count()).toEqual({ people: 0, photos: 0 });
    expect(await filesWith(...traces(descriptor(2)))).toEqual([]);
  });

  it("forgets no photo that is there again when it is its turn: asked when nobody else can write", async () => {
    await open(MODEL);
    const other = await openGallery({ location, model: MODEL });
    await gallery.enrolAll([1, 2, 3, 4].map((person) => enrolment(person)));
    const uploads = new Map<string, Promise<string>>();
    const again = enrolment(1, 0);
    const there = () => {
      uploads.set("again", other.enrol({ ...again, etag: "new" })); // waits until the removals are done
      return Promise.resolve(true);
    };
    const forgotten = [gallery.forgetPhoto(again.photo, { unless: there }), gallery.forgetPhoto(enrolment(2).photo, { unless: () => Promise.resolve(false) }), gallery.forgetPhoto(enrolment(3).photo, { unless: () => Promise.reject(new Error("no answer")) })];
    const answers = await Promise.allSettled(forgotten);
    expect(answers).toMatchObject([{ value: undefined }, { value: { name: "person 2" } }, { reason: new Error("no answer") }]);
    expect(await uploads.get("again")).toBe("replaced");
    expect(await gallery.find(again.photo)).toMatchObject({ etag: "new" });
    expect((await gallery.people()).map((person) => person.name)).toEqual(["person 1", "person 3", "person 4"]);
    expect(await filesWith(...traces(descriptor(2)))).toEqual([]);
    await other.close();
  });

  it("does removals that wait together at once: all rows are written anew once", async () => {
    await open(MODEL);
    await gallery.enrolAll(Array.from({ length: 40 }, (_, person) => enrolment(person)));
    const versions = async () => {
      const library = await import("@lancedb/lancedb");
      const table = await (await library.connect(location)).openTable("faces");
      return table.version();
    };
    const before = await versions();
    const photos = Array.from({ length: 30 }, (_, person) => enrolment(person).photo);
    const forgotten = await Promise.all([...photos.map((photo) => gallery.forgetPhoto(photo)), gallery.forgetPerson("person 33", new Date())]);
    expect(forgotten.slice(0, 30)).toMatchObject(photos.map((photo) => ({ photo })));
    expect(forgotten[30]).toMatchObject([{ name: "person 33" }]);
    expect((await versions()) - before).toBeLessThan(12); // two batches: the first removals, and what came in meanwhile
    expect(await gallery.count()).toEqual({ people: 9, photos: 9 });
    expect(await filesWith(...[0, 15, 29, 33].flatMap((person) => traces(descriptor(person))))).toEqual([]);
  });

  it("takes it out of what a process with a clock that is ahead wrote", async () => {
    await open(MODEL);
    for (let person = 0; person < 3; person++) await gallery.enrol(enrolment(person));
    await clockBehind(3_600_000, () => gallery.forgetPhoto(enrolment(1).photo));
    expect(await filesWith(...traces(descriptor(1)))).toEqual([]);
  });

  it("remembers for two days what asked for it, without the photo's address", async () => {
    await open(MODEL);
    await gallery.enrolAll([0, 1, 2].map((person) => enrolment(person)));
    const [first, second, third] = [0, 1, 2].map((person) => enrolment(person).photo);
    await clockBehind(47 * 3_600_000, () => gallery.forgetPhoto(first, { cause: "event 1" }));
    expect(await gallery.forgetPhoto(first, { cause: "event 2" })).toBeUndefined(); // it forgot nothing
    expect(await gallery.forgetPhoto(second, { unless: () => Promise.resolve(true), cause: "event 3" })).toBeUndefined();
    const known = () => Promise.all([["event 1", first], ["event 2", first], ["event 1", second], ["event 3", second]].map(([cause, photo]) => gallery.hasForgotten(photo, cause)));
    expect(await known()).toEqual([true, false, false, false]);
    expect(await filesWith(first)).toEqual([]);
    await gallery.close();
    await open(MODEL);
    expect(await known()).toEqual([true, false, false, false]);
    await clockBehind(-2 * 3_600_000, () => gallery.forgetPhoto(third));
    expect(await known()).toEqual([false, false, false, false]);
  });

  it("takes what was replaced out of every file in the background, with nobody forgotten", async () => {
    await open(MODEL);
    await gallery.enrolAll([enrolment(1), enrolment(2)]);
    expect(await gallery.enrol({ ...enrolment(1), etag: "new", descriptor: descriptor(1, 5) })).toBe("replaced");
    await gallery.close(); // waits for what is done in the background
    expect(await filesWith(...traces(descriptor(1, 0)))).toEqual([]);
    expect(await filesWith(...traces(descriptor(1, 5)))).not.toEqual([]);
    await open(MODEL);
    const moved = { ...enrolment(2), name: "somebody else", photo: enrolment(2).photo };
    expect(await gallery.enrol(moved)).toBe("replaced");
    await gallery.close();
    expect(await filesWith("person 2'", '"person 2"')).toEqual([]);
    await open(MODEL);
    expect((await gallery.people()).map(({ name }) => name)).toEqual(["person 1", "somebody else"]);
  });

  it("takes it out when the gallery is opened again where a process ended right after it replaced something", async () => {
    await open(MODEL);
    await gallery.enrolAll(Array.from({ length: 30 }, (_, person) => ({ ...enrolment(person), descriptor: descriptor(person, 9) })));
    await gallery.close();
    expect(await filesWith(...traces(descriptor(1, 9)))).not.toEqual([]);
    await enrolElsewhere({ location, model: MODEL, from: 0, to: 3, environment: { ETAG: "new", ENDS: "yes" } });
    expect(await filesWith(...traces(descriptor(1, 9)))).not.toEqual([]);
    await open(MODEL);
    await gallery.close();
    expect(await filesWith(...traces(descriptor(1, 9)))).toEqual([]);
    await open(MODEL);
    expect(await gallery.count()).toEqual({ people: 30, photos: 30 });
  });

  it("does not write everything anew where the same descriptor is enrolled again", async () => {
    await open(MODEL);
    await gallery.enrolAll([enrolment(1), enrolment(2)]);
    await gallery.close();
    const data = await readdir(join(location, "faces.lance", "data"));
    await open(MODEL);
    expect(await gallery.enrol({ ...enrolment(1), etag: "new" })).toBe("replaced");
    await gallery.close();
    expect(await readdir(join(location, "faces.lance", "data"))).toEqual(expect.arrayContaining(data));
  });

  it("takes one in the middle of 9,800 with an index out of every file, and the index is another one", async () => {
    await open(FUSED);
    await gallery.enrolAll(Array.from({ length: 9_800 }, (_, person) => enrolment(person, 0, FUSED)));
    await gallery.close();
    await open(FUSED);
    const indices = await readdir(join(location, "faces.lance", "_indices"));
    expect(indices.length).toBeGreaterThan(0);
    const probe = descriptor(4_900, 0, FUSED);
    expect((await gallery.nearest([probe], 1))[0][0]).toMatchObject({ name: "person 4900", photos: 1 });
    await gallery.forgetPhoto(enrolment(4_900).photo);
    expect(await filesWith(...traces(probe), enrolment(4_900).photo)).toEqual([]);
    expect((await readdir(join(location, "faces.lance", "_indices"))).filter((index) => indices.includes(index))).toEqual([]);
    expect((await gallery.nearest([probe], 1))[0][0].name).not.toBe("person 4900");
    expect((await gallery.nearest([descriptor(4_901, 0, FUSED)], 1))[0][0]).toMatchObject({ name: "person 4901", photos: 1 });
    expect(await gallery.count()).toEqual({ people: 9_799, photos: 9_799 });
  });

  it("harms nothing that another process enrols meanwhile", async () => {
    await open(MODEL);
    await gallery.enrolAll(Array.from({ length: 10 }, (_, person) => enrolment(1000 + person)));
    const forgotten: Promise<unknown>[] = [];
    const said = await enrolElsewhere({
      location,
      model: MODEL,
      from: 0,
      to: 60,
      enrolled: (person) => {
        if (person % 6 === 0) forgotten.push(gallery.forgetPhoto(enrolment(1000 + person / 6).photo));
      },
    });
    expect(said.at(-1)).toMatchObject({ done: true });
    await Promise.all(forgotten);
    expect(await filesWith(...Array.from({ length: 10 }, (_, person) => traces(descriptor(1000 + person))).flat())).toEqual([]);
    expect(await gallery.count()).toEqual({ people: 60, photos: 60 });
    const found = await gallery.nearest(Array.from({ length: 60 }, (_, person) => descriptor(person)), 1);
    expect(found.map(([first]) => first.name)).toEqual(Array.from({ length: 60 }, (_, person) => `person ${person}`));
  });

  it("ends, when the gallery is opened again, what a process began that was killed in the middle of forgetting", async () => {
    await open(MODEL);
    await gallery.enrolAll([enrolment(1), enrolment(2)]);
    await gallery.close();
    const library = await import("@lancedb/lancedb"); // what it had done until then
    const connection = await library.connect(location);
    await (await connection.openTable("notes")).add([{ key: "owed", value: "true" }]);
    await (await connection.openTable("faces")).delete("name = 'person 1'");
    expect(await filesWith(...traces(descriptor(1)))).not.toEqual([]);
    await open(MODEL);
    await gallery.close();
    expect(await filesWith(...traces(descriptor(1)))).toEqual([]);
    await open(MODEL);
    expect(await gallery.count()).toEqual({ people: 1, photos: 1 });
  });

  it("takes it out of what killed processes left behind", async () => {
    await open(MODEL);
    await gallery.enrolAll([enrolment(1), enrolment(2)]);
    const data = join(location, "faces.lance", "data");
    const [file] = await readdir(data);
    await cp(join(data, file), join(data, "0".repeat(50) + ".lance")); // written, and its version was not: the process ended between
    await cp(data, join(location, "faces.lance", "_indices", "6f9619ff-8b86-d011-b42d-00c04fc964ff"), { recursive: true });
    await cp(join(data, file), join(data, ".tmpMSkMOQ")); // a file that was being written
    await enrolElsewhere({ location, model: MODEL, from: 10, to: 20, killAfter: [2, 2] });
    await gallery.forgetPhoto(enrolment(1).photo);
    expect(await filesWith(...traces(descriptor(1)))).toEqual([]);
    expect(await gallery.count()).toEqual({ people: 11, photos: 11 });
  });
});
