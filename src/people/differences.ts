import type { ObjectStat } from "../storage/object-store.js";
import type { Enrolment } from "./gallery.js";
import { personOf } from "./person-folder.js";
import { objectOf, photoAddress } from "./photo-address.js";

/** What is in a bucket's prefix and what is enrolled from there. */
export interface Differences {
  /** Keys of photos that are not enrolled, or not with these bytes, or not by this name. */
  enrol: { key: string; why: "new" | "changed" }[];
  /** Keys of what is enrolled and is not there any more. */
  forget: string[];
  /** Photos that are enrolled as they are. */
  same: number;
}

/**
 * Compares a gallery with the enrolment photos of a bucket.
 * @param objects all objects under the prefix
 * @param etagOf asked for objects that are listed without their eTag
 */
export async function differences(
  enrolled: readonly Enrolment[],
  objects: AsyncIterable<ObjectStat>,
  { bucket, prefix }: { bucket: string; prefix: string },
  etagOf: (key: string) => Promise<string | undefined>,
): Promise<Differences> {
  const from = new Map(enrolled.map((enrolment) => [enrolment.photo, enrolment]));
  const found: Differences = { enrol: [], forget: [], same: 0 };
  const there = new Set<string>();
  for await (const { key, etag } of objects) {
    const address = photoAddress({ bucket, key });
    there.add(address);
    const before = from.get(address);
    if (!before) found.enrol.push({ key, why: "new" });
    else if (before.name !== personOf(key, prefix) || before.etag !== (etag ?? (await etagOf(key)))) found.enrol.push({ key, why: "changed" });
    else found.same += 1;
  }
  for (const { photo } of enrolled) {
    const object = objectOf(photo);
    if (object?.bucket === bucket && object.key.startsWith(prefix) && !there.has(photo)) found.forget.push(object.key);
  }
  return found;
}
