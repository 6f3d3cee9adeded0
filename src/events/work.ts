import { isNoPictureByKey } from "./file-kinds.js";
import { mediaType } from "./media-type.js";
import type { OssRecord } from "./oss-record.js";
import { percentDecoded } from "../percent-decoded.js";

/** `analyze`: find the faces of a photo; `enrol`, `forget`: the same of an enrolment photo that came or went. */
export type Work = "analyze" | "enrol" | "forget";

export type Decision = { work: Work } | { skip: "removed" | "not-an-upload" | "empty-object" | "not-a-picture" };

/** Where enrolment photos are, where there is a gallery. */
export interface EnrolmentPlace {
  /** Of keys, with the slash. */
  prefix: string;
  /** The only bucket; any where absent. */
  bucket?: string;
}

/** `ObjectCreated:` events after which there is no object yet. */
const UNFINISHED = ["InitiateMultipartUpload", "UploadPart", "UploadPartCopy"];

/**
 * Says from the record alone what its object asks for, and else why it asks for nothing.
 * @param people absent: nobody is enrolled
 */
export function whatToDo(record: OssRecord, people?: EnrolmentPlace): Decision {
  const [family, action = ""] = record.eventName.split(":", 2);
  const enrols = people !== undefined && isEnrolmentPhoto(record, people);
  if (family === "ObjectRemoved") return enrols && action !== "AbortMultipartUpload" ? { work: "forget" } : { skip: "removed" };
  if (family !== "ObjectCreated" || UNFINISHED.includes(action)) return { skip: "not-an-upload" };
  if (enrols) return isNoPictureByKey(record.key) ? { skip: "not-a-picture" } : { work: "enrol" }; // what is there now is looked at, for it may have taken a face's place
  // A link's size says nothing about the object it leads to.
  if (record.size === 0 && action !== "PutSymlink") return { skip: "empty-object" };
  if (isNoPictureByType(record.mimeType) || isNoPictureByKey(record.key)) return { skip: "not-a-picture" };
  return { work: "analyze" };
}

/** A key may come percent-encoded: see `OssRecord`. */
function isEnrolmentPhoto({ bucket, key }: OssRecord, people: EnrolmentPlace): boolean {
  return (people.bucket === undefined || people.bucket === bucket) && (key.startsWith(people.prefix) || percentDecoded(key).startsWith(people.prefix));
}

/** Uploaders that know no better say `application/octet-stream`. */
function isNoPictureByType(mimeType = ""): boolean {
  const type = mediaType(mimeType);
  return type !== "" && type !== "application/octet-stream" && !type.startsWith("image/");
}
