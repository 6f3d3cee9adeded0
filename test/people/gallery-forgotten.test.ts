import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Gallery } from "../../src/people/gallery.js";
import { openGallery } from "../../src/people/lance.js";
import { enrolment, MODEL } from "./descriptors.js";

describe("people who were forgotten by name", () => {
  let location: string;
  let gallery: Gallery;
  const at = new Date("2026-05-06T07:08:09.010Z");
  const uploaded = (person: number, seconds: number, photo = 0) => ({ ...enrolment(person, photo), uploadedAt: new Date(at.getTime() + seconds * 1000).toISOString() });

  beforeEach(async () => {
    location = await mkdtemp(join(tmpdir(), "gallery-"));
    gallery = await openGallery({ location, model: MODEL });
  });
  afterEach(async () => {
    await gallery.close();
    await rm(location, { recursive: true });
  });

  it("come back only by photos that are newer, or by command", async () => {
    await gallery.forgetPerson("person 1", at);
    const asked = [uploaded(1, -1, 0), uploaded(1, 0, 1), uploaded(1, 0.001, 2), uploaded(2, -1), enrolment(1, 3)];
    expect(await gallery.enrolAll(asked)).toEqual(["forgotten", "forgotten", "enrolled", "enrolled", "enrolled"]);
    expect((await gallery.history("person 1")).map(({ photo }) => photo)).toEqual([asked[2].photo, asked[4].photo]);
    expect(await gallery.enrol({ ...uploaded(1, 0), uploadedAt: "no date" })).toBe("forgotten");
    expect(Object.keys((await gallery.find(asked[2].photo))!)).not.toContain("uploadedAt");
    expect(await gallery.enrol({ ...uploaded(1, -1, 2), etag: "older bytes" })).toBe("forgotten"); // what is there stays
    expect(await gallery.find(asked[2].photo)).toMatchObject({ etag: asked[2].etag });
  });

  it("stay away where an enrolment that began earlier is written later, in another process, too", async () => {
    const other = await openGallery({ location, model: MODEL });
    const waiting = [other.forgetPerson("person 1", at), gallery.enrol(uploaded(1, -1)), other.enrol(uploaded(1, -2, 1))];
    await Promise.all(waiting);
    expect(await gallery.history("person 1")).toEqual([]);
    await other.close();
  });

  it("may come back when they are pardoned, with what is enrolled left as it is", async () => {
    await gallery.forgetPerson("person 1", at);
    await gallery.enrol(uploaded(1, 1));
    await gallery.pardon("person 1");
    await gallery.pardon("nobody");
    expect(await gallery.forgottenAt("person 1")).toBeUndefined();
    expect(await gallery.enrol(uploaded(1, -1, 1))).toBe("enrolled");
    expect((await gallery.history("person 1")).length).toBe(2);
  });

  it("can be told to another gallery, where the later time counts", async () => {
    const earlier = new Date(at.getTime() - 1000);
    await gallery.forgetPerson("person 1", at);
    await gallery.forgetPerson("person 2", earlier);
    await gallery.keep("forgotten", "something else");
    const told = await gallery.forgettings();
    expect(told.map((one) => one.at).sort()).toEqual([earlier.toISOString(), at.toISOString()]);
    for (const { person } of told) expect(person).toMatch(/^[0-9a-f]{64}$/);
    const other = await openGallery({ location: `${location}-other`, model: MODEL });
    await other.forgetPerson("person 1", earlier);
    await other.forgetPerson("person 2", at);
    await other.enrol(enrolment(1));
    await other.takeForgettings([...told, ...told]);
    expect([await other.forgottenAt("person 1"), await other.forgottenAt("person 2")]).toEqual([at, at]);
    expect(await other.count()).toEqual({ people: 1, photos: 1 });
    await other.takeForgettings([]);
    await other.close();
    await rm(`${location}-other`, { recursive: true });
  });
});
