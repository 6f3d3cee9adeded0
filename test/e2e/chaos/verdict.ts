import { isDeepStrictEqual } from "node:util";
import type { Face } from "../../../src/faces/face.js";
import type { Collected } from "../../kit/collector.js";
import { BUCKET, type Content, type Contents, type Photo } from "./photos.js";

export interface Evidence {
  photos: readonly Photo[];
  expected: Contents["expected"];
  /** The faces of each content when nothing went wrong. */
  quiet: ReadonlyMap<Content, Face[]>;
  /** Events as they arrived, by the way they came. */
  received: Record<string, readonly Collected[]>;
  /** Reasons for which objects were skipped, by `bucket/key`. */
  skipped: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Verdict {
  /** Events that came more than once (by source and id), by the way they came. */
  duplicates: Record<string, number>;
  /** What is missing, more than it should be, or not as it should be. */
  wrong: string[];
}

/** Every photo has to have exactly one result, by each way, and that has to be right. */
export function judge({ photos, expected, quiet, received, skipped }: Evidence): Verdict {
  const wrong: string[] = photos.length === 0 ? ["no photo was sent"] : [];
  const duplicates: Verdict["duplicates"] = {};
  for (const [way, events] of Object.entries(received)) {
    const byPhoto = new Map<string | undefined, Collected[]>();
    for (const event of events) byPhoto.set(event.cause, [...(byPhoto.get(event.cause) ?? []), event]);
    duplicates[way] = events.length - new Set(events.map(identity)).size;
    for (const photo of photos) {
      const own = byPhoto.get(photo.id) ?? [];
      byPhoto.delete(photo.id);
      const wanted = expected.get(photo.content)!;
      const results = new Set(own.map(identity)).size;
      if (results !== ("skipped" in wanted ? 0 : 1)) wrong.push(`${way}: ${name(photo)} has ${results} results`);
      for (const fault of new Set(own.map((event) => faultOf(event, photo)))) if (fault) wrong.push(`${way}: ${name(photo)}: ${fault}`);
    }
    for (const cause of byPhoto.keys()) wrong.push(`${way}: a result of ${cause}, which nobody sent`);
  }
  for (const photo of photos) {
    const wanted = expected.get(photo.content)!;
    const reasons = [...(skipped.get(`${BUCKET}/${photo.key}`) ?? [])];
    const right = "skipped" in wanted ? [wanted.skipped] : [];
    if (!isDeepStrictEqual(reasons, right)) wrong.push(`${name(photo)} was skipped for ${reasons.join() || "nothing"}`);
  }
  return { duplicates, wrong };

  function faultOf({ type, subject, data }: Collected, { key, content }: Photo): string | undefined {
    const wanted = expected.get(content)!;
    const { faces, error } = data as { faces?: Face[]; error?: { code: string } };
    if (subject !== `${BUCKET}/${key}`) return `its result is about ${subject}`;
    if ("code" in wanted) return type === "faces.image.failed" && error?.code === wanted.code ? undefined : `${type} ${error?.code}, not ${wanted.code}`;
    if (type !== "faces.image.analyzed") return `${type} ${error?.code}`;
    if ("faces" in wanted && faces?.length !== wanted.faces) return `${faces?.length} faces, not ${wanted.faces}`;
    return isDeepStrictEqual(faces, quiet.get(content)) ? undefined : "other faces than in a quiet run";
  }
}

const identity = ({ source, id }: Collected) => `${source} ${id}`;
const name = ({ id, key, content }: Photo) => `${id} (${key}, ${content})`;
