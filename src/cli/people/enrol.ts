import { createEnroller, type Enroller } from "../../people/enrolment.js";
import { photoAddress } from "../../people/photo-address.js";
import { summaryOf } from "../../summary.js";
import type { Log } from "../../telemetry/log.js";
import { type Command, UsageError } from "../command.js";
import { inOrder } from "../in-order.js";
import { printLine } from "../output.js";
import { findPictures } from "../pictures.js";
import { progress } from "../progress.js";
import { auditOf } from "./audit.js";
import { nameOfPerson } from "./name.js";
import { withGallery } from "./open.js";
import { type Look, openPhotos, placesOf } from "./photos.js";

export const command: Command = {
  summary: "enrols a person with photos and folders of photos, each showing that person alone",
  usage: "NAME PATH…",
  options: {},
  async run({ config, paths: [text, ...paths] }) {
    const name = nameOfPerson(text, "enrol NAME PATH…");
    if (paths.length === 0) throw new UsageError("people enrol needs a name and at least one photo or folder: oss-faces people enrol NAME PATH…");
    const pictures = await findPictures(paths);
    if (pictures.length === 0) throw new UsageError(`There are no pictures in ${paths.join(", ")}.`);
    return withGallery(config, async (_, people) => {
      const store = placesOf(config);
      const photos = openPhotos(config, store);
      const enroller = createEnroller(() => people.gallery(), people.recogniser);
      const shown = progress("photos", pictures.length);
      let enrolled = 0;
      try {
        await inOrder(pictures, photos.inWork, (key) => photos.look({ bucket: "", key }), async (look, key) => {
          const { done, line } = await enrol(look, key, name, enroller, auditOf(config));
          if (done) enrolled += 1;
          printLine(line);
          shown.step();
        });
      } finally {
        shown.end();
        await Promise.all([photos.close(), store.close()]);
      }
      return enrolled === pictures.length ? 0 : 1;
    });
  },
};

async function enrol(look: Look, key: string, name: string, enroller: Enroller, audit: Log["audit"]): Promise<{ done: boolean; line: string }> {
  if ("fault" in look) return { done: false, line: `failed ${key}: ${look.fault}` };
  const { faces, image } = look.photo;
  const address = photoAddress({ bucket: "", key });
  const outcome = await enroller.enrol({ faces, name, address, etag: image.etag });
  if (outcome.outcome === "refused") return { done: false, line: summaryOf({ image, ...outcome }) };
  const { photos, ...rest } = outcome;
  if (outcome.change !== "unchanged") audit(`enrolled ${name} from ${address}`, { etag: image.etag, photos });
  return { done: true, line: summaryOf({ image, ...rest, person: { name, photos } }) };
}
