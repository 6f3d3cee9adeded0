import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGallery, recreateGallery } from "../../src/people/lance.js";
import { photoAddress } from "../../src/people/photo-address.js";
import { beginRebuild, endRebuild, isOfFiles, rebuildSources } from "../../src/people/rebuild-sources.js";
import { createPathStore } from "../../src/storage/path.js";
import { enrolment, MODEL } from "./descriptors.js";

describe("the photos of a rebuild that was interrupted after the gallery was emptied", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rebuild-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([
    ["files alone: all are found again, without a bucket", "", ["person 1", "person 2"], true],
    ["a bucket's: it has to be named again, and the files are found", "photos", ["person 1", "person 2"], false],
  ])("%s", async (_, bucket, names, ofFiles) => {
    const options = { location: join(folder, "gallery"), model: MODEL };
    let gallery = await openGallery(options);
    for (const person of [1, 2]) {
      const file = join(folder, `${person}.jpg`);
      await writeFile(file, "a photo");
      await gallery.enrol({ ...enrolment(person), photo: photoAddress({ bucket: "", key: file }) });
    }
    expect(await isOfFiles(gallery)).toBe(true);
    const store = createPathStore();
    const sources = () => rebuildSources(gallery, store, { bucket: "", prefix: "" }, () => true);
    await beginRebuild(gallery, await sources(), bucket);
    await gallery.close();
    gallery = await recreateGallery(options);
    expect(await gallery.count()).toEqual({ people: 0, photos: 0 });
    expect([(await sources()).there.map(({ name }) => name), await isOfFiles(gallery)]).toEqual([names, ofFiles]);
    await endRebuild(gallery);
    expect([(await sources()).there, await isOfFiles(gallery)]).toEqual([[], false]);
    await gallery.close();
  });
});
