import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Table } from "@lancedb/lancedb";
import { distance } from "../../src/faces/distance.js";
import type { Calls } from "../../src/people/lance-calls.js";
import { LanceSearch } from "../../src/people/lance-search.js";
import { facesSchema, facesTable } from "../../src/people/lance-table.js";
import { descriptor, enrolment, MODEL } from "./descriptors.js";

describe("searching for the nearest people", () => {
  let location: string;
  let table: Table;
  /** Calls of the library: how many were made, and how many at once. */
  const made = { calls: 0, running: 0, atOnce: 0 };
  const calls: Calls = async (call) => {
    made.calls++;
    made.atOnce = Math.max(made.atOnce, ++made.running);
    return call().finally(() => made.running--);
  };
  const enrol = (people: number[], photos: number[]) => table.add(facesTable(people.flatMap((person) => photos.map((photo) => enrolment(person, photo))), MODEL));
  const search = () => new LanceSearch({ table, calls, probes: () => undefined });
  const range = (length: number) => Array.from({ length }, (_, i) => i);
  const mean = (vectors: number[][]) => vectors[0].map((_, k) => vectors.reduce((sum, vector) => sum + vector[k], 0) / vectors.length);
  const exactly = (face: number[], people: number[], photos: number[]) =>
    people
      .map((person) => {
        const all = photos.map((photo) => descriptor(person, photo));
        return { name: `person ${person}`, distance: Math.min(...all.map((one) => distance(face, one))), meanDistance: distance(face, mean(all)), photos: photos.length };
      })
      .sort((a, b) => a.distance - b.distance);
  const close = (found: { name: string; distance: number; meanDistance: number; photos: number }[]) => found.map((one) => ({ ...one, distance: Math.fround(one.distance).toFixed(5), meanDistance: one.meanDistance.toFixed(5) }));

  beforeEach(async () => {
    process.env.LANCEDB_LOG ??= "error"; // as openGallery has it
    location = await mkdtemp(join(tmpdir(), "search-"));
    const connection = await (await import("@lancedb/lancedb")).connect(location, { readConsistencyInterval: 0 });
    table = await connection.createEmptyTable("faces", facesSchema(MODEL));
    Object.assign(made, { calls: 0, running: 0, atOnce: 0 });
  });
  afterEach(() => rm(location, { recursive: true }));

  it("takes a few faces at a time, however many are asked for, and answers in their order", async () => {
    await enrol(range(60), [0]);
    const found = await search().nearest(range(60).map((person) => descriptor(person, 3)), 10, []);
    expect(found.map(([first]) => first.name)).toEqual(range(60).map((person) => `person ${person}`));
    expect(made.atOnce).toBeLessThanOrEqual(8);
    expect(made.atOnce).toBeGreaterThan(1);
  });

  it.each([
    ["there are fewer people than are asked for", 3, 400],
    ["each has more photos than a search compares", 30, 60],
  ])("finds all whom it should, with all their photos, where %s", async (_what, people, photos) => {
    await enrol(range(people), range(photos));
    const searching = search();
    for (const person of [0, 1, 2]) {
      const face = descriptor(person, 999);
      const [found] = await searching.nearest([face], 10, []);
      expect(close(found)).toEqual(close(exactly(face, range(people), range(photos)).slice(0, 10)));
      const [others] = await searching.nearest([face], 2, [`person ${person}`]);
      expect(close(others)).toEqual(close(exactly(face, range(people).filter((one) => one !== person), range(photos)).slice(0, 2)));
    }
  });

  it("knows who has a single photo once the same table was searched a few times: it reads no photos of theirs", async () => {
    await enrol(range(300), [0]);
    await enrol([7, 8], [1]);
    const searching = search();
    const face = (person: number) => descriptor(person, 99);
    const look = async (person: number) => {
      made.calls = 0;
      const [found] = await searching.nearest([face(person)], 1, []);
      return { ...found[0], calls: made.calls };
    };
    for (let person = 20; person < 28; person++) expect(await look(person)).toMatchObject({ name: `person ${person}`, photos: 1, calls: 2 });
    await searching.idle();
    const after = [];
    for (let person = 100; person < 140; person++) after.push(await look(person));
    expect(after.map(({ name, photos }) => ({ name, photos }))).toEqual(range(40).map((i) => ({ name: `person ${100 + i}`, photos: 1 })));
    expect(after.filter(({ calls }) => calls === 1).length).toBeGreaterThan(30);
    const [[single]] = await searching.nearest([face(120)], 1, []);
    expect(close([single])).toEqual(close(exactly(face(120), [120], [0])));
    expect(close((await searching.nearest([face(7)], 1, []))[0])).toEqual(close(exactly(face(7), [7], [0, 1])));

    await enrol([120], [1]);
    expect(close((await searching.nearest([face(120)], 1, []))[0])).toEqual(close(exactly(face(120), [120], [0, 1])));
    expect(await look(130)).toMatchObject({ name: "person 130", calls: 2 }); // nothing is known of the new version yet
  });

  it("reads nobody's photos twice as long as nothing is written, and everybody's anew when something was", async () => {
    await enrol(range(4), range(50));
    const searching = search();
    await searching.nearest([descriptor(1, 99)], 10, []);
    made.calls = 0;
    await searching.nearest([descriptor(2, 99)], 10, []);
    expect(made.calls).toBe(1); // the search; four people are all there are
    await enrol([1], [50]);
    const [[first]] = await searching.nearest([descriptor(1, 50)], 10, []);
    expect(first).toMatchObject({ name: "person 1", photos: 51 });
    expect(first.distance).toBeLessThan(1e-5);
    await table.delete("name = 'person 1'");
    const [left] = await searching.nearest([descriptor(1, 50)], 10, []);
    expect(left.map(({ name }) => name).sort()).toEqual(["person 0", "person 2", "person 3"]);
  });
});
