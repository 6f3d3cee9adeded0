import { isNoPictureByKey } from "./file-kinds.js";
import { mediaType } from "./media-type.js";
import type { OssRecord } from "./oss-record.js";

export type Work =
  | { work: true }
  | { work: false; reason: "removed" | "not-an-upload" | "empty-object" | "not-a-picture" };

/** `ObjectCreated:` events after which there is no object yet. */
const UNFINISHED = ["InitiateMultipartUpload", "UploadPart", "UploadPartCopy"];

/** Says from the record alone whether its object is worth fetching, and else why not. */
export function whatToDo(record: OssRecord): Work {
  const [family, action = ""] = record.eventName.split(":", 2);
  if (family === "ObjectRemoved") return { work: false, reason: "removed" };
  if (family !== "ObjectCreated" || UNFINISHED.includes(action)) return { work: false, reason: "not-an-upload" };
  // A link's size says nothing about the object it leads to.
  if (record.size === 0 && action !== "PutSymlink") return { work: false, reason: "empty-object" };
  if (isNoPictureByType(record.mimeType) || isNoPictureByKey(record.key)) return { work: false, reason: "not-a-picture" };
  return { work: true };
}

/** Uploaders that know no better say `application/octet-stream`. */
function isNoPictureByType(mimeType = ""): boolean {
  const type = mediaType(mimeType);
  return type !== "" && type !== "application/octet-stream" && !type.startsWith("image/");
}
