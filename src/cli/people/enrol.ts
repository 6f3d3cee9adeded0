import { createEnroller, type Enroller } from "../../people/enrolment.js";
import type { Gallery } from "../../people/gallery.js";
import { photoAddress } from "../../people/photo-address.js";
import { counted, summaryOf } from "../../summary.js";
import type { Log } from "../../telemetry/log.js";
import { type Command, UsageError } from "../command.js";
import { inOrder } from "../in-order.js";
import { reportLine } from "../output.js";
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
    if (/^\.{1,2}$|\//.test(name)) throw new UsageError(`${name} looks like a path: the person's name comes first, and is the name of a folder: oss-faces people enrol NAME PATH…`);
    if (paths.length === 0) throw new UsageError("people enrol needs a name and at least one photo or folder: oss-faces people enrol NAME PATH…");
    const pictures = await findPictures(paths);
    if (pictures.length === 0) throw new UsageError(`There are no pictures in ${paths.join(", ")}.`);
    return withGallery(config, async (gallery, people) => {
      const store = placesOf(config);
      const photos = openPhotos(config, store);
      const enroller = createEnroller(() => people.gallery(), people.recogniser);
      const shown = progress("photos", pictures.length);
      let enrolled = 0;
      try {
        await inOrder(pictures, photos.inWork, (key) => photos.look({ bucket: "", key }), async (look, key) => {
          const { done, line } = await enrol(look, key, name, { enroller, gallery, audit: auditOf(config) });
          if (done) enrolled += 1;
          reportLine(line);
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

interface Parts {
  enroller: Enroller;
  gallery: Gallery;
  audit: Log["audit"];
}

async function enrol(look: Look, key: string, name: string, { enroller, gallery, audit }: Parts): Promise<{ done: boolean; line: string }> {
  if ("fault" in look) return { done: false, line: `failed ${key}: ${look.fault}` };
  const { faces, image } = look.photo;
  const address = photoAddress({ bucket: "", key });
  const before = await gallery.find(address);
  const outcome = await enroller.enrol({ faces, name, address, etag: image.etag });
  if (outcome.outcome === "refused") return { done: false, line: summaryOf({ image, ...outcome }) };
  const { photos, ...rest } = outcome;
  if (outcome.change !== "unchanged") audit(`enrolled ${name} from ${address}`, { etag: image.etag, photos });
  const line = summaryOf({ image, ...rest, person: { name, photos } });
  if (before === undefined || before.name === name) return { done: true, line };
  const left = (await gallery.history(before.name)).length;
  audit(`forgot ${before.name} from ${address}: it is enrolled as ${name}`, { etag: before.etag, photos: left });
  return { done: true, line: `${line}; until now it was ${before.name}'s, of whom ${left === 0 ? "nothing" : counted(left, "photo")} ${left > 1 ? "are" : "is"} left` };
}
