import { readFile } from "node:fs/promises";
import { samplePhotos } from "../../../src/samples.js";
import { type EncodingMode, NOTIFICATION_FORMS } from "../../../src/sources/notification.js";
import type { Random } from "../../kit/random.js";
import type { Fault, OssServer } from "../../storage/oss-server.js";

/** What is in an object, by name; `undefined`: there is no object. */
export type Content = string;

/** What has to become of an object. */
export type Expected = { faces: number } | { code: string } | { skipped: string };

export const BUCKET = "photos";
/** What the ids of their events begin with. */
export const PHOTO = "photo-";
const FOLDERS = ["", "2026/11/", "夏天/", "100% sure/", "with space/"];
/** Share of photos that are no good. */
const BAD = 0.1;
/** Share of photos that OSS does not give at once. */
const TROUBLED = 0.2;
const FACES = [3, 3, 3, 4, 5, 4];

/** One object, the event that names it, and how OSS will serve it. */
export interface Photo {
  /** Of its event. */
  id: string;
  key: string;
  content: Content;
  form: (typeof NOTIFICATION_FORMS)[number];
  mode: EncodingMode;
  /** Of the first answers, in order; then it is served. */
  faults: Fault[];
}

export interface Contents {
  bytes: ReadonlyMap<Content, Buffer | undefined>;
  expected: ReadonlyMap<Content, Expected>;
}

/** The sample photos, and what is no photo. */
export async function readContents(): Promise<Contents> {
  const samples = await Promise.all(samplePhotos().map((file) => readFile(file)));
  const bytes = new Map<Content, Buffer | undefined>(samples.map((sample, i) => [`sample ${i + 1}`, sample]));
  const expected = new Map<Content, Expected>(samples.map((_, i) => [`sample ${i + 1}`, { faces: FACES[i] }]));
  const bad: [Content, Buffer | undefined, Expected][] = [
    ["half of a photo", samples[0].subarray(0, samples[0].length / 2), { code: "undecodable" }],
    ["a photo's head and noise", Buffer.concat([samples[1].subarray(0, 64), Buffer.alloc(5000, "noise ")]), { code: "undecodable" }],
    ["a missing object", undefined, { code: "object-not-found" }],
    ["an empty object", Buffer.alloc(0), { skipped: "empty-object" }],
    ["text", Buffer.from("no picture at all\n".repeat(100)), { skipped: "not-a-picture" }],
  ];
  for (const [name, content, outcome] of bad) {
    bytes.set(name, content);
    expected.set(name, outcome);
  }
  return { bytes, expected };
}

/** The next photo; `number` makes its key and its event's id. */
export function makeUpPhoto(number: number, { expected }: Contents, random: Random): Photo {
  const good = !random.chance(BAD);
  const names = [...expected].filter(([, outcome]) => "faces" in outcome === good).map(([name]) => name);
  return {
    id: `${PHOTO}${number}`,
    key: `${random.pick(FOLDERS)}${number}.jpg`,
    content: random.pick(names),
    form: random.pick(NOTIFICATION_FORMS),
    mode: random.pick(["binary", "structured"]),
    faults: random.chance(TROUBLED) ? Array.from({ length: random.between(1, 4) }, () => makeUpFault(random)) : [],
  };
}

/** Errors and broken connections are many; what takes ten seconds to be noticed is rare. */
function makeUpFault(random: Random): Fault {
  if (random.chance(0.05)) return random.pick<Fault>(["silent", { stall: random.between(0, 5000) }]);
  return random.pick<Fault>([
    { status: 500, code: "InternalError" },
    { status: 503, code: "ServiceUnavailable" },
    { status: 502 },
    "reset",
    { cut: random.between(0, 20_000) },
  ]);
}

/** Puts it where the service will look for it. */
export function upload({ key, content, faults }: Photo, { bytes }: Contents, oss: OssServer): void {
  const object = bytes.get(content);
  if (object) oss.put(BUCKET, key, object);
  if (faults.length > 0) oss.fault(key, ...faults, undefined);
}
