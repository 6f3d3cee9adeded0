import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AnalyzedData, ObjectData } from "../../src/events/result-schema.js";
import { loadSharp } from "../../src/image/sharp.js";
import type { OssChange } from "../../src/sources/notification.js";
import { type Answer, folderBucket, notification, sample, sendEvent, start, type TestService } from "./service.js";

/** A service with a gallery, a folder as the bucket `photos`, and faces to enrol. */
export interface PeopleRig {
  service: TestService;
  bucket: Awaited<ReturnType<typeof folderBucket>>;
  gallery: string;
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Sends an event about an object; every call is a new event unless an id is given. */
  say(change: Partial<OssChange> & { key: string }, id?: string): Promise<{ answer: Answer; data: ObjectData }>;
  close(): Promise<void>;
}

let events = 0;

export async function startPeople(env: Record<string, string> = {}): Promise<PeopleRig> {
  const bucket = await folderBucket();
  const gallery = await mkdtemp(join(tmpdir(), "oss-faces-gallery-"));
  const service = await start({ STORAGE: bucket.root, GALLERY: gallery, ...env });
  await service.ready;
  return {
    service,
    bucket,
    gallery,
    async put(key, bytes) {
      await mkdir(dirname(bucket.path(key)), { recursive: true });
      await writeFile(bucket.path(key), bytes);
    },
    async say(change, id = `event-${++events}`) {
      const answer = await sendEvent(service.url, notification({ bucket: "photos", ...change }, "eventbridge", id));
      return { answer, data: (answer.status === 200 ? dataOf(answer) : {}) as ObjectData };
    },
    async close() {
      await service.close();
      await bucket.remove();
      await rm(gallery, { recursive: true });
    },
  };
}

/** A structured reply carries its data inside. */
export function dataOf({ headers, text }: Answer): ObjectData {
  const body = JSON.parse(text) as { data: ObjectData };
  return headers.get("content-type")?.startsWith("application/cloudevents+json") ? body.data : (body as unknown as ObjectData);
}

export interface Crops {
  /** Each face of the sample photo cut out, the largest first. */
  crops: Buffer[];
  faces: AnalyzedData["faces"];
}

/** The faces of a sample photo, found by the service itself. */
export async function cropsOf(rig: PeopleRig, number: number): Promise<Crops> {
  await rig.bucket.copySample(number, `sample${number}.jpg`);
  const { faces } = (await rig.say({ key: `sample${number}.jpg` })).data as AnalyzedData;
  const sharp = await loadSharp();
  const { width = 0, height = 0 } = await sharp(sample(number)).metadata();
  const crops = faces.map(({ box }) => {
    const side = Math.max(box.width, box.height);
    const [left, top] = [box.x - 0.3 * side, box.y - 0.3 * side].map((edge) => Math.max(0, Math.round(edge)));
    const size = { width: Math.min(width - left, Math.round(1.6 * side)), height: Math.min(height - top, Math.round(1.6 * side)) };
    return sharp(sample(number)).extract({ left, top, ...size }).jpeg({ quality: 92 }).toBuffer();
  });
  return { crops: await Promise.all(crops), faces };
}
