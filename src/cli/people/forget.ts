import type { Config } from "../../config.js";
import { isNoPictureByKey } from "../../events/file-kinds.js";
import { storageSettings } from "../../parts.js";
import type { Gallery } from "../../people/gallery.js";
import { personOf } from "../../people/person-folder.js";
import { objectOf } from "../../people/photo-address.js";
import { forgetUnfinished } from "../../people/rebuild-sources.js";
import { createStore } from "../../storage/index.js";
import { nameOf, type ObjectRef } from "../../storage/object-store.js";
import { counted } from "../../summary.js";
import { type Command, UsageError } from "../command.js";
import { reportLine, tell } from "../output.js";
import { auditOf } from "./audit.js";
import { nameOfPerson } from "./name.js";
import { BUCKET, bucketOf, withAnyGallery } from "./open.js";

export const command: Command = {
  summary: "forgets a person: their descriptors leave the gallery's files, and photos uploaded before do not bring them back",
  usage: "NAME [--photos]",
  options: {
    photos: { type: "boolean", help: "first remove the enrolment photos from their bucket, too; files given by path stay" },
    bucket: BUCKET,
  },
  async run({ config, options, paths: [text, ...more] }) {
    const name = nameOfPerson(text, "forget NAME");
    if (more.length > 0) throw new UsageError("people forget takes one name; quote a name with spaces: oss-faces people forget 'Mary Ann'");
    return withAnyGallery(config, async (gallery) => {
      const removed = options.photos ? await removePhotos(name, gallery, config, bucketOf(config, options.bucket)) : 0;
      await forgetUnfinished(gallery, name);
      const forgotten = await gallery.forgetPerson(name, new Date());
      if (forgotten.length > 0) auditOf(config)(`forgot ${name} by command`, { photos: forgotten.length, ...(options.photos && { removed }) });
      for (const { photo } of forgotten) reportLine(`forgot ${name} from ${photo}`);
      if (forgotten.length > 0) reportLine(`${name} is forgotten: ${counted(forgotten.length, "photo")}`);
      else if (removed === 0) tell(`Nobody named ${name} is enrolled; it is noted all the same: photos of ${name} that were uploaded before now will be refused.\n`);
      if (options.photos && bucketOf(config, options.bucket) === undefined) tell(`Only photos that were enrolled were removed. For others under ${config.peoplePrefix}${name}/ name their bucket: --bucket, or PEOPLE_BUCKET.\n`);
      return forgotten.length + removed > 0 ? 0 : 1;
    }, { existing: true });
  },
};

/** What they are enrolled with from any bucket, and the other photos in their folder of the enrolment bucket. */
async function removePhotos(name: string, gallery: Gallery, config: Config, bucket: string | undefined): Promise<number> {
  const { signal } = new AbortController();
  const store = createStore(storageSettings(config));
  try {
    const objects = new Map<string, ObjectRef>();
    const add = (object: ObjectRef) => objects.set(nameOf(object), object);
    for (const { photo } of await gallery.history(name)) {
      const object = objectOf(photo);
      if (object) add(object);
      else reportLine(`left ${photo}`);
    }
    if (bucket !== undefined) {
      for await (const { key } of store.list(bucket, config.peoplePrefix, signal)) if (personOf(key, config.peoplePrefix) === name && !isNoPictureByKey(key)) add({ bucket, key });
    }
    for (const object of objects.values()) {
      await store.remove(object, signal);
      reportLine(`removed ${nameOf(object)}`);
    }
    return objects.size;
  } finally {
    await store.close();
  }
}
