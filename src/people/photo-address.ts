import { pathToFileURL } from "node:url";
import type { ObjectRef } from "../storage/object-store.js";

/** What the gallery calls an enrolment photo: `oss://bucket/key`, the key as it is; of one without a bucket, its path as a file URL. */
export function photoAddress({ bucket, key }: Pick<ObjectRef, "bucket" | "key">): string {
  return bucket === "" ? pathToFileURL(key).href : `oss://${bucket}/${key}`;
}

/** The object behind an address, where it is one of a bucket. */
export function objectOf(address: string): { bucket: string; key: string } | undefined {
  const [, bucket, key] = /^oss:\/\/([^/]+)\/(.*)$/s.exec(address) ?? [];
  return bucket === undefined ? undefined : { bucket, key };
}
