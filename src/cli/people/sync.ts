import type { Config } from "../../config.js";
import { createEnrolment } from "../../enrol.js";
import { Failure } from "../../errors.js";
import { isNoPictureByKey } from "../../events/file-kinds.js";
import { type Differences, differences } from "../../people/differences.js";
import type { Gallery } from "../../people/gallery.js";
import { photoAddress } from "../../people/photo-address.js";
import type { People } from "../../start-people.js";
import { isThere, nameOf, type ObjectStore } from "../../storage/object-store.js";
import type { Log } from "../../telemetry/log.js";
import { summaryOf } from "../../summary.js";
import { type Command, UsageError } from "../command.js";
import { inOrder } from "../in-order.js";
import { reportLine } from "../output.js";
import { progress } from "../progress.js";
import { auditOf } from "./audit.js";
import { BUCKET, neededBucket, withGallery } from "./open.js";
import { openPhotos, placesOf } from "./photos.js";

export const command: Command = {
  summary: "makes the gallery what the enrolment photos in the bucket say: enrols what is new or changed, forgets what is gone",
  usage: "[--bucket NAME] [--dry-run]",
  options: {
    bucket: BUCKET,
    "dry-run": { type: "boolean", help: "only say what would be done" },
  },
  async run({ config, options, paths }) {
    if (paths.length > 0) throw new UsageError("people sync takes no names: oss-faces people sync --bucket NAME");
    const place = { bucket: neededBucket("sync", config, options.bucket), prefix: config.peoplePrefix };
    const { signal } = new AbortController();
    return withGallery(config, async (gallery, people) => {
      const store = placesOf(config);
      try {
        const etagOf = async (key: string) => (await store.stat({ bucket: place.bucket, key }, signal))?.etag;
        const found = await differences(await gallery.history(), store.list(place.bucket, place.prefix, signal), place, etagOf);
        const photos = found.enrol.filter(({ key }) => !isNoPictureByKey(key));
        const todo = { ...found, enrol: photos };
        return await (options["dry-run"] ? tell(todo, place.bucket) : sync(todo, place.bucket, config, { store, gallery, people }));
      } finally {
        await store.close();
      }
    });
  },
};

function tell({ enrol, forget, same }: Differences, bucket: string): number {
  for (const { key, why } of enrol) reportLine(`would enrol ${nameOf({ bucket, key })} (${why})`);
  for (const key of forget) reportLine(`would forget ${nameOf({ bucket, key })} (gone)`);
  reportLine(`photos: ${enrol.length} to enrol, ${forget.length} to forget, ${same} as they are`);
  return 0;
}

interface Parts {
  store: ObjectStore;
  gallery: Gallery;
  people: People;
}

async function sync({ enrol, forget, same }: Differences, bucket: string, config: Config, parts: Parts): Promise<number> {
  const counts = { enrolled: 0, refused: 0, failed: 0, forgotten: 0 };
  for (const key of forget) if (await forgetGone({ bucket, key }, parts, auditOf(config))) counts.forgotten += 1;
  if (enrol.length > 0) await enrolAll(enrol.map(({ key }) => key), bucket, config, parts, counts);
  const { enrolled, refused, failed, forgotten } = counts;
  reportLine(`photos: ${enrolled} enrolled, ${refused} refused, ${failed} failed, ${forgotten} forgotten, ${same} as they were`);
  return failed > 0 ? 1 : 0;
}

/** Looks once more: the list may be older than what is enrolled. */
async function forgetGone(ref: { bucket: string; key: string }, { store, gallery }: Parts, audit: Log["audit"]): Promise<boolean> {
  const address = photoAddress(ref);
  const forgotten = await gallery.forgetPhoto(address, { unless: () => isThere(store, ref, new AbortController().signal) });
  if (!forgotten) return false;
  audit(`forgot ${forgotten.name} from ${address}: it is gone`, { etag: forgotten.etag });
  reportLine(`forgot ${forgotten.name} from ${nameOf(ref)}: it is gone`);
  return true;
}

async function enrolAll(keys: string[], bucket: string, config: Config, { store, people }: Parts, counts: { enrolled: number; refused: number; failed: number }): Promise<void> {
  const photos = openPhotos(config, store);
  const { enrol } = createEnrolment({ config, people, store, readPhoto: photos.readPhoto, log: { audit: auditOf(config) } });
  const shown = progress("photos", keys.length);

  async function outcomeOf(key: string) {
    try {
      const data = await enrol({ bucket, key }, new AbortController().signal);
      if (typeof data === "string") return { count: "failed" as const, line: `failed ${nameOf({ bucket, key })}: ${data}` };
      return { count: "reason" in data ? ("refused" as const) : ("enrolled" as const), line: summaryOf(data) };
    } catch (error) {
      if (!(error instanceof Failure) || error.retry) throw error;
      return { count: "failed" as const, line: `failed ${nameOf({ bucket, key })}: ${error.code}: ${error.message}` };
    }
  }

  try {
    await inOrder(keys, photos.inWork, outcomeOf, ({ count, line }) => {
      counts[count] += 1;
      reportLine(line);
      shown.step();
    });
  } finally {
    shown.end();
    await photos.close();
  }
}
