import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { openGallery } from "../../src/people/lance.js";
import { enrolment, FUSED } from "./descriptors.js";

/** A process of its own that enrols so many fused faces, ends what is done in the background, and tells what lies in TMPDIR meanwhile and then. */
const [location, people] = process.argv.slice(2);
const parent = tmpdir();
const tell = async (stage: string) => process.send!({ stage, files: await readdir(parent, { recursive: true }) });

try {
  const gallery = await openGallery({ location, model: FUSED });
  await tell("opened");
  await gallery.enrolAll(Array.from({ length: Number(people) }, (_, person) => enrolment(person, 0, FUSED)));
  await gallery.close();
  await tell("closed");
} catch (error) {
  process.send!({ stage: (error as Error).name, files: [(error as Error).message] });
}
process.disconnect();
