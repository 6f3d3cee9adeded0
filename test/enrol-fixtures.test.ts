import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { AnalyzedData } from "../src/events/result-schema.js";
import { type PeopleRig, startPeople } from "./kit/people.js";

const PHOTOS = new URL("../../../shared/fixtures/photos/", import.meta.url);
interface Labels {
  photos: { file: string; person?: string }[];
}

/** Photos of people are not in the repository. */
if (existsSync(PHOTOS)) describe("three people enrolled from one photo each", () => {
  const { photos } = JSON.parse(readFileSync(new URL("labels.json", PHOTOS), "utf8")) as Labels;
  const enrolled = ["001_A.jpg", "008_B.jpg", "009_C.jpg"];
  let rig: PeopleRig;
  beforeAll(async () => {
    rig = await startPeople({ WORKERS: "2" });
    for (const { file, person } of photos) {
      const bytes = await readFile(new URL(file, PHOTOS));
      await rig.put(`photos/${file}`, bytes);
      if (!enrolled.includes(file)) continue;
      await rig.put(`people/${person}/${file}`, bytes);
      expect((await rig.say({ key: `people/${person}/${file}` })).data).toMatchObject({ person: { name: person, photos: 1 }, warnings: [] });
    }
  });
  afterAll(() => rig.close());

  it.each(photos.map(({ file, person }) => [file, person ? [person] : []]))("%s shows of them %j", async (file, people) => {
    expect(((await rig.say({ key: `photos/${file}` })).data as AnalyzedData).people).toEqual(people);
  });
});
