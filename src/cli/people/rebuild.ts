import type { Config } from "../../config.js";
import { isNoPictureByKey } from "../../events/file-kinds.js";
import { faceToEnrol } from "../../people/face-to-enrol.js";
import type { EnrolRequest, Gallery } from "../../people/gallery.js";
import { isSameModel } from "../../people/model.js";
import { beginRebuild, endRebuild, isOfFiles, rebuildSources, type Source, type Sources } from "../../people/rebuild-sources.js";
import { isThere, type ObjectStore } from "../../storage/object-store.js";
import { type Command, UsageError } from "../command.js";
import { inOrder } from "../in-order.js";
import { reportLine } from "../output.js";
import { progress } from "../progress.js";
import { auditOf } from "./audit.js";
import { BUCKET, bucketOf, galleryOptions, neededBucket, withAnyGallery } from "./open.js";
import { type Look, openPhotos, placesOf } from "./photos.js";

/** Photos that are enrolled at once. */
const AT_ONCE = 100;

export const command: Command = {
  summary: "makes the gallery anew from the enrolment photos that are still there, as after a change of RECOGNITION",
  usage: "[--bucket NAME] [--forgotten]",
  options: {
    bucket: BUCKET,
    forgotten: { type: "boolean", help: "people too who were forgotten by command after their photos were uploaded" },
  },
  async run({ config, options, paths }) {
    if (paths.length > 0) throw new UsageError("people rebuild takes no names: oss-faces people rebuild --bucket NAME");
    galleryOptions(config); // GALLERY is missed before the bucket
    const store = placesOf(config);
    try {
      const sources = await withAnyGallery(config, async (gallery) => {
        const named = bucketOf(config, options.bucket);
        const bucket = named === undefined && (await isOfFiles(gallery)) ? "" : neededBucket("rebuild", config, named);
        const place = { bucket, prefix: config.peoplePrefix };
        const found = await rebuildSources(gallery, store, place, (key) => !isNoPictureByKey(key));
        if (found.there.length === 0 && found.gone.length > 0) throw new UsageError(`None of the ${found.gone.length} enrolment photos is there${bucket && `, nor any in ${bucket}/${place.prefix}`}: nothing was changed.${bucket && " Are bucket and PEOPLE_PREFIX right?"}`);
        await beginRebuild(gallery, found, bucket);
        return found;
      });
      return await rebuild(sources, config, store, Boolean(options.forgotten));
    } finally {
      await store.close();
    }
  },
};

async function rebuild(sources: Sources, config: Config, store: ObjectStore, forgottenToo: boolean): Promise<number> {
  const { gallery, inPlace } = await openForRebuild(config);
  const photos = openPhotos(config, store);
  const shown = progress("photos", sources.there.length);
  const waiting: { request: EnrolRequest; source: Source }[] = [];
  const counts = { enrolled: 0, unfit: 0, forgotten: 0 };
  let lost = 0;

  async function enrolWaiting() {
    const batch = waiting.splice(0);
    // The same bytes are described anew: without their eTag the gallery does not take them for what it has.
    if (inPlace) await gallery.enrolAll(batch.map(({ request: { etag: _, ...request } }) => request));
    const results = await gallery.enrolAll(batch.map(({ request }) => request));
    for (const [i, { source }] of batch.entries()) {
      const there = () => isThere(store, source.ref, new AbortController().signal);
      if (results[i] === "forgotten") counts.forgotten += 1;
      else if (await there()) counts.enrolled += 1;
      else if (await gallery.forgetPhoto(source.address, { unless: there })) reportLine(`gone ${source.address} (${source.name})`); // removed since it was looked at
    }
  }
  async function dropped(source: Source, why: string) {
    if (inPlace) await gallery.forgetPhoto(source.address);
    reportLine(`left out ${source.address} (${source.name}): ${why}`);
  }

  try {
    const isForgotten = await forgottenAmong(sources.there, gallery);
    const late = sources.there.filter(isForgotten);
    if (forgottenToo) for (const name of new Set(late.map(({ name }) => name))) await gallery.pardon(name);
    const left = forgottenToo ? [] : late;
    counts.forgotten = left.length;
    for (const source of left) {
      await dropped(source, "the person was forgotten after the photo was uploaded");
      shown.step();
    }
    const kept = forgottenToo ? sources.there : sources.there.filter((source) => !isForgotten(source));
    for (const { photo, name } of sources.gone) {
      if (inPlace) await gallery.forgetPhoto(photo);
      reportLine(`gone ${photo} (${name})`);
    }
    await inOrder(kept, photos.inWork, ({ ref }) => photos.look(ref), async (look, source) => {
      const enrolment = enrolmentOf(look, source);
      if (typeof enrolment === "string") {
        counts.unfit += 1;
        if (source.before) lost += 1;
        await dropped(source, enrolment);
      } else waiting.push({ request: enrolment, source });
      if (waiting.length >= AT_ONCE) await enrolWaiting();
      shown.step();
    });
    await enrolWaiting();
    await endRebuild(gallery);
    auditOf(config)("rebuilt the gallery", { ...counts, gone: sources.gone.length });
    reportLine(`photos: ${counts.enrolled} enrolled, ${counts.unfit} unfit, ${counts.forgotten} of people who were forgotten, ${sources.gone.length} gone`);
    return lost > 0 ? 1 : 0; // what was unfit before is nothing new
  } finally {
    shown.end();
    await photos.close();
    await gallery.close();
  }
}

/** A gallery of the model in use: the old one as it is, so that a service goes on with it, or one that is empty. */
async function openForRebuild(config: Config): Promise<{ gallery: Gallery; inPlace: boolean }> {
  const { openGallery, recreateGallery } = await import("../../people/lance.js");
  const options = galleryOptions(config);
  const inPlace = await withAnyGallery(config, (gallery) => Promise.resolve(isSameModel(gallery.model, options.model)));
  return { gallery: await (inPlace ? openGallery(options) : recreateGallery(options)), inPlace };
}

/** Tells photos that are older than their person's forgetting by command. */
async function forgottenAmong(sources: Source[], gallery: Gallery): Promise<(source: Source) => boolean> {
  const forgottenAt = new Map<string, Date>();
  for (const name of new Set(sources.map((source) => source.name))) {
    const at = await gallery.forgottenAt(name);
    if (at) forgottenAt.set(name, at);
  }
  return ({ name, uploadedAt }) => uploadedAt <= forgottenAt.get(name)!;
}

function enrolmentOf(look: Look, { address, name, before, uploadedAt }: Source): EnrolRequest | string {
  if ("fault" in look) return look.fault;
  const face = faceToEnrol(look.photo.faces);
  if ("reason" in face) return `${face.reason}: ${face.message}`;
  const { etag } = look.photo.image;
  const enrolledAt = before && before.etag === etag ? before.enrolledAt : new Date().toISOString();
  return { photo: address, name, ...(etag && { etag }), enrolledAt, uploadedAt: uploadedAt.toISOString(), ...(face.quality !== undefined && { quality: face.quality }), descriptor: face.descriptor };
}
