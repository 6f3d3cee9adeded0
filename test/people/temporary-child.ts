import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { openGallery } from "../../src/people/lance.js";
import { enrolment, FUSED } from "./descriptors.js";

/**
 * A process of its own that opens a gallery, enrols so many fused faces, ends what is done in the background, and tells
 * what lies in TMPDIR after each. `stay`: it does nothing after opening, and does not end. `forget`: when it is told to, it
 * forgets the first.
 */
const [location, people, also] = process.argv.slice(2);
const stay = also === "stay";
const parent = tmpdir();
const tell = async (stage: string) => process.send!({ stage, files: await readdir(parent, { recursive: true }) });

try {
  const gallery = await openGallery({ location, model: FUSED });
  if (stay) setInterval(() => undefined, 1000);
  await tell("opened");
  if (!stay) {
    await gallery.enrolAll(Array.from({ length: Number(people) }, (_, person) => enrolment(person, 0, FUSED)));
    if (also === "forget") {
      const told = once(process, "message");
      await tell("enrolled");
      await told;
      await gallery.forgetPhoto(enrolment(0, 0, FUSED).photo);
      await tell("forgot");
    }
    await gallery.close();
    await tell("closed");
  }
} catch (error) {
  process.send!({ stage: (error as Error).name, files: [(error as Error).message] });
}
if (!stay) process.disconnect();
