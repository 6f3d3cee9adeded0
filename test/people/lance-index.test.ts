import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGallery } from "../../src/people/lance.js";
import { descriptor, enrolment, FUSED } from "./descriptors.js";

/** So many fused faces that an index pays, and twice a few more, each of which gives the index a piece. */
const PARTS = [9_800, 1_500, 1_500];

it("the index is one piece again once writing rests: every search looks into all of them", async () => {
  const location = await mkdtemp(join(tmpdir(), "gallery-"));
  let person = 0;
  for (const more of PARTS) {
    const gallery = await openGallery({ location, model: FUSED });
    await gallery.enrolAll(Array.from({ length: more }, () => enrolment(person++, 0, FUSED)));
    await gallery.close(); // what waits for a rest is done at once
  }
  const connection = await (await import("@lancedb/lancedb")).connect(location);
  const table = await connection.openTable("faces");
  expect(await table.indexStats("descriptor_idx")).toMatchObject({ numIndices: 1, numIndexedRows: person, numUnindexedRows: 0 });
  connection.close();
  const again = await openGallery({ location, model: FUSED });
  for (const one of [0, 10_500, person - 1]) expect((await again.nearest([descriptor(one, 0, FUSED)], 1))[0][0].name).toBe(`person ${one}`);
  await again.close();
  await rm(location, { recursive: true });
});
