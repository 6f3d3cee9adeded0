import type { Config } from "./config.js";
import { Failure, ObjectNotFound, StorageUnavailable } from "./errors.js";
import type { EnrolledData, ForgottenData, RefusedData } from "./events/result-schema.js";
import { asAskedFor } from "./naming.js";
import { createEnroller, type EnrolOutcome } from "./people/enrolment.js";
import { personOf } from "./people/person-folder.js";
import { photoAddress } from "./people/photo-address.js";
import { percentDecoded } from "./percent-decoded.js";
import type { PhotoData, Unwanted } from "./photo.js";
import type { People } from "./start-people.js";
import { isThere, nameOf, type ObjectRef, type ObjectStat, type ObjectStore } from "./storage/object-store.js";
import type { Log } from "./telemetry/log.js";

export interface EnrolParts {
  config: Pick<Config, "peoplePrefix" | "details">;
  people: People;
  store: ObjectStore;
  readPhoto: (ref: ObjectRef, signal: AbortSignal) => Promise<PhotoData | Unwanted>;
  log: Pick<Log, "audit">;
}

/** Why an enrolment photo's removal asks for nothing. */
export type NothingToForget = "there-again" | "not-enrolled";

/** An object that is overwritten more often than this while it is read is left to a later delivery. */
const TRIES = 3;

/** Enrolment photos that came, and those that went. */
export function createEnrolment({ config, people, store, readPhoto, log }: EnrolParts) {
  const enroller = createEnroller(people.gallery, people.recogniser);

  /**
   * Enrols the face of one object.
   * @throws Failure of kind `unusable` or `trouble`
   */
  async function enrol(ref: ObjectRef, signal: AbortSignal): Promise<EnrolledData | RefusedData | Unwanted> {
    for (let tries = 1; ; tries++) {
      const before = await store.stat(ref, signal);
      const data = await look(ref, before, signal);
      // Another process may have handled what became of the object meanwhile, before there was anything to forget or replace.
      const after = await store.stat(ref, signal);
      if (isSame(before, after)) return data;
      if (tries === TRIES) throw new StorageUnavailable(`${nameOf(ref)} changes all the time`);
    }
  }

  async function look(ref: ObjectRef, stat: ObjectStat | undefined, signal: AbortSignal): Promise<EnrolledData | RefusedData | Unwanted> {
    const address = photoAddress({ ...ref, key: stat?.key ?? ref.key });
    const forgetReplaced = (why: string) => forgetFrom(address, why, async () => !isSame(stat, await store.stat(ref, signal)), signal);
    try {
      if (!stat) throw new ObjectNotFound(`${nameOf(ref)} does not exist`);
      const { key, lastModified: uploadedAt } = stat;
      const { bucket, region } = ref;
      const image = { bucket, key, ...(region && { region }), ...(stat.etag && { etag: stat.etag }), size: stat.size };
      const name = personOf(key, config.peoplePrefix);
      if (name === undefined) return await refuse(forgetReplaced, { image, person: {}, reason: "no-name", message: `put the photo into a folder with the person's name: ${config.peoplePrefix}<name>/<file>` });
      const early = await enroller.refusal({ name, uploadedAt });
      if (early?.outcome === "refused") return await refuse(forgetReplaced, { image, person: { name }, reason: early.reason, message: early.message });

      const photo = await readPhoto(ref, signal);
      if (typeof photo === "string") {
        await forgetReplaced(photo);
        return photo;
      }
      const outcome = await enroller.enrol({ faces: photo.faces, name, address, etag: photo.image.etag, uploadedAt });
      if (outcome.outcome === "refused") return await refuse(forgetReplaced, { image: photo.image, person: { name }, reason: outcome.reason, message: outcome.message });
      if (outcome.change !== "unchanged") log.audit(`enrolled ${name} from ${address}`, { etag: photo.image.etag, photos: outcome.photos });
      return enrolledData(photo, outcome);
    } catch (error) {
      if (error instanceof Failure && error.kind === "unusable") await forgetReplaced(error.code);
      throw error;
    }
  }

  function enrolledData({ image, engine, timings }: PhotoData, { change, name, face, warnings, photos }: Extract<EnrolOutcome, { outcome: "enrolled" }>): EnrolledData {
    return { image, person: { name, photos }, change, face: asAskedFor(face, config.details), warnings, engine, timings };
  }

  async function refuse(forgetReplaced: (why: string) => Promise<void>, data: RefusedData): Promise<RefusedData> {
    await forgetReplaced(data.reason);
    return data;
  }

  /** What was enrolled from an object is no longer in it, unless it is another one again by the time that it can be forgotten. */
  async function forgetFrom(address: string, why: string, unless: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    const gallery = await people.gallery();
    const forgotten = (await gallery.find(address)) && (await gallery.forgetPhoto(address, { unless, signal })); // most were never enrolled: no need to wait for a turn
    if (!forgotten) return;
    log.audit(`forgot ${forgotten.name} from ${address}: what is there now is ${why}`, { etag: forgotten.etag });
    people.recogniser.changed();
  }

  /**
   * Forgets what was enrolled from an object that is gone.
   * @param cause what asks for it: where it comes again, because nobody could be told, the answer is the same
   */
  async function forget(ref: ObjectRef, signal: AbortSignal, cause: string): Promise<ForgottenData | NothingToForget> {
    let there = false;
    const gallery = await people.gallery();
    for (const key of new Set([ref.key, percentDecoded(ref.key)])) { // as it stands, and as it reads where it came encoded
      const thereAgain = () => isThere(store, { ...ref, key }, signal);
      if (await thereAgain()) {
        there = true;
        continue;
      }
      const address = photoAddress({ ...ref, key });
      const forgotten = await gallery.forgetPhoto(address, { unless: thereAgain, cause, signal }); // asked again when nobody else writes
      const name = forgotten?.name ?? ((await gallery.hasForgotten(address, cause)) ? personOf(key, config.peoplePrefix) : undefined);
      if (name === undefined) continue;
      const photos = (await gallery.history(name)).length;
      log.audit(`forgot ${name} from ${address}: it was removed${forgotten ? "" : ", as a delivery before this one found"}`, { etag: forgotten?.etag, photos });
      people.recogniser.changed();
      const { bucket, region } = ref;
      return { image: { bucket, key, ...(region && { region }), ...(forgotten?.etag && { etag: forgotten.etag }) }, person: { name, photos } };
    }
    return there ? "there-again" : "not-enrolled";
  }

  return { enrol, forget };
}

function isSame(before: ObjectStat | undefined, after: ObjectStat | undefined): boolean {
  return before?.etag === after?.etag && before?.lastModified.getTime() === after?.lastModified.getTime();
}
