import type { Config } from "../../config.js";
import { engineInfo } from "../../faces/engine-info.js";
import { galleryBucket, poolOptions } from "../../parts.js";
import type { Gallery } from "../../people/gallery.js";
import type { LanceOptions } from "../../people/lance.js";
import { descriptorModel, type People, startPeople } from "../../start-people.js";
import { UsageError } from "../command.js";

/** `existing`: for commands that only read: a mistyped GALLERY is no empty one. */
interface Making {
  existing?: boolean;
}

/**
 * Opens the gallery for the time of a command; no photo can be looked at yet, and no model is loaded.
 * @throws UsageError where GALLERY is not set
 */
export async function withGallery<T>(config: Config, work: (gallery: Gallery, people: People) => Promise<T>, options: Making = {}): Promise<T> {
  const people = startPeople(config, engineInfo(config.engine, poolOptions(config).options), options);
  if (!people) throw noGallery();
  try {
    return await work(await people.gallery(), people);
  } finally {
    await people.close();
  }
}

/** The same for what compares no faces: the gallery may be of another model than the settings'. */
export async function withAnyGallery<T>(config: Config, work: (gallery: Gallery) => Promise<T>, options: Making = {}): Promise<T> {
  const { openGallery } = await import("../../people/lance.js");
  const gallery = await openGallery({ ...galleryOptions(config), ...options, anyModel: true });
  try {
    return await work(gallery);
  } finally {
    await gallery.close();
  }
}

/** What the gallery of the settings is opened with. */
export function galleryOptions(config: Config): LanceOptions {
  if (!config.gallery) throw noGallery();
  const model = descriptorModel(config, engineInfo(config.engine, poolOptions(config).options));
  return { location: config.gallery, model, bucket: galleryBucket(config) };
}

function noGallery(): UsageError {
  return new UsageError("There is no gallery: set GALLERY to its folder or oss://bucket/prefix, such as GALLERY=./gallery oss-faces people list");
}

/** The bucket that enrolment photos are in. */
export const BUCKET = { type: "string", value: "NAME", help: "the bucket with the enrolment photos, by default PEOPLE_BUCKET" } as const;

export function bucketOf(config: Config, bucket: string | boolean | undefined): string | undefined {
  return typeof bucket === "string" && bucket !== "" ? bucket : config.peopleBucket;
}

/** @throws UsageError where neither --bucket nor PEOPLE_BUCKET names one */
export function neededBucket(command: string, config: Config, option: string | boolean | undefined): string {
  const bucket = bucketOf(config, option);
  if (bucket === undefined) throw new UsageError(`people ${command} needs the bucket with the enrolment photos: set PEOPLE_BUCKET, or oss-faces people ${command} --bucket NAME`);
  return bucket;
}
