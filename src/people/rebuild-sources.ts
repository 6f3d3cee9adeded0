import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { ObjectRef, ObjectStore } from "../storage/object-store.js";
import type { Enrolment, Gallery } from "./gallery.js";
import { personOf } from "./person-folder.js";
import { objectOf, photoAddress } from "./photo-address.js";

/** An enrolment photo that may still be there. */
export interface Source {
  /** Its file where the bucket is empty. */
  ref: ObjectRef;
  address: string;
  name: string;
  /** Of a file when it was enrolled: its own time may be that of the camera. */
  uploadedAt: Date;
  /** As it is enrolled now. */
  before?: Enrolment;
}

const UNFINISHED = "unfinished rebuild";
/** Kept from a rebuild's beginning to its end: what it would forget if it did not get there, photos that no list of the bucket names. */
const unfinishedSchema = z.object({
  since: z.string(),
  /** Empty: no bucket's; absent: of a version that did not say. */
  bucket: z.string().optional(),
  unlisted: z.array(z.object({ photo: z.string(), name: z.string(), enrolledAt: z.string(), etag: z.string().optional() })),
});
type Unfinished = z.infer<typeof unfinishedSchema>;
type Unlisted = Unfinished["unlisted"][number];

export interface Sources {
  there: Source[];
  /** Enrolments whose photo is gone. */
  gone: Enrolment[];
}

/** Where enrolment photos are listed. */
export interface Place {
  /** Empty: nowhere. */
  bucket: string;
  prefix: string;
}

/** Whether the gallery has people, and all of them from files: then no bucket is needed to rebuild it. Nobody knows where a rebuild from a bucket was interrupted. */
export async function isOfFiles(gallery: Gallery): Promise<boolean> {
  const begun = await unfinished(gallery);
  if (begun && begun.bucket !== "") return false;
  const enrolled = await enrolledOrLost(gallery, begun);
  return enrolled.length > 0 && enrolled.every(({ photo }) => objectOf(photo) === undefined);
}

/** The photos of the bucket's prefix, and those that the gallery knows from elsewhere: files, and other buckets. */
export async function rebuildSources(gallery: Gallery, store: ObjectStore, { bucket, prefix }: Place, isPhoto: (key: string) => boolean): Promise<Sources> {
  const { signal } = new AbortController();
  const enrolled = new Map((await enrolledOrLost(gallery, await unfinished(gallery))).map((enrolment) => [enrolment.photo, enrolment]));
  const there: Source[] = [];
  for await (const { key, lastModified } of bucket === "" ? [] : store.list(bucket, prefix, signal)) {
    const name = personOf(key, prefix);
    const address = photoAddress({ bucket, key });
    if (name !== undefined && isPhoto(key)) there.push({ ref: { bucket, key }, address, name, uploadedAt: lastModified, ...before(enrolled.get(address)) });
    enrolled.delete(address);
  }
  const gone: Enrolment[] = [];
  for (const enrolment of enrolled.values()) {
    const { photo, name } = enrolment;
    const object = objectOf(photo);
    const ref = object ?? { bucket: "", key: fileURLToPath(photo) };
    const stat = await store.stat(ref, signal);
    if (stat?.key !== ref.key) gone.push(enrolment);
    else there.push({ ref, address: photo, name, uploadedAt: object ? stat.lastModified : new Date(enrolment.enrolledAt), before: enrolment });
  }
  return { there, gone };
}

/** What is enrolled, and what an interrupted rebuild would forget. */
async function enrolledOrLost(gallery: Gallery, begun: Unfinished | undefined): Promise<Enrolment[]> {
  return [...(begun?.unlisted ?? []), ...(await gallery.history())];
}

const before = (enrolment: Enrolment | undefined): Pick<Source, "before"> => (enrolment ? { before: enrolment } : {});

/** Before the gallery is emptied: who starts again finds the files as well. */
export async function beginRebuild(gallery: Gallery, { there }: Sources, bucket: string): Promise<void> {
  const unlisted = there.flatMap(({ ref, before }): Unlisted[] => ((ref.bucket !== "" && ref.bucket === bucket) || !before ? [] : [before]));
  await gallery.keep(UNFINISHED, { since: new Date().toISOString(), bucket, unlisted });
}

export async function endRebuild(gallery: Gallery): Promise<void> {
  await gallery.keep(UNFINISHED, null);
}

/** A word for whoever looks at a gallery that lacks people because its rebuild was interrupted. */
export async function rebuildWarning(gallery: Pick<Gallery, "recall">): Promise<string | undefined> {
  const begun = await unfinished(gallery);
  const again = `oss-faces people rebuild${begun?.bucket ? ` --bucket ${begun.bucket}` : ""}`;
  return begun && `The rebuild of the gallery that began on ${begun.since} has not ended: people may be missing. If it was interrupted, run ${again} again.`;
}

/** What a rebuild that was interrupted keeps of a person goes as well. */
export async function forgetUnfinished(gallery: Gallery, name: string): Promise<void> {
  const left = await unfinished(gallery);
  if (left?.unlisted.some((enrolment) => enrolment.name === name)) await gallery.keep(UNFINISHED, { ...left, unlisted: left.unlisted.filter((enrolment) => enrolment.name !== name) });
}

async function unfinished(gallery: Pick<Gallery, "recall">): Promise<Unfinished | undefined> {
  return unfinishedSchema.safeParse(await gallery.recall(UNFINISHED)).data;
}
