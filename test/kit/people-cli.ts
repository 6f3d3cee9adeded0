import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadSharp } from "../../src/image/sharp.js";
import type { Enrolment } from "../../src/people/gallery.js";
import { type Ended, ossFaces } from "./cli.js";
import { sample } from "./service.js";

/** Faces of the sample photos 6 and 1, [photo, left, top, side]: five people. */
const FACES = { Ann: [6, 1090, 240, 420], Bob: [6, 1400, 210, 420], "王芳": [6, 570, 260, 420], Eve: [1, 780, 370, 340], Kim: [1, 1420, 150, 330] } as const;
export type Someone = keyof typeof FACES;

/** A photo of each of them alone, as JPEG. */
export async function photosOfPeople(): Promise<Record<Someone, Buffer>> {
  const sharp = await loadSharp();
  const crops = Object.entries(FACES).map(async ([name, [number, left, top, side]]) => {
    const crop = await sharp(sample(number)).extract({ left, top, width: side, height: side }).jpeg({ quality: 92 }).toBuffer();
    return [name, crop] as const;
  });
  return Object.fromEntries(await Promise.all(crops)) as Record<Someone, Buffer>;
}

/** A folder of its own with a gallery, a bucket `photos`, and photos by path; commands run there as a user's would. */
export async function peopleScene(env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "oss-faces-people-"));
  const path = (name: string) => join(folder, name);
  const settings = { GALLERY: path("gallery"), STORAGE: folder, PEOPLE_BUCKET: "photos", RECOGNITION: "single", WORKERS: "1", ...env };

  /** @param more settings, and what comes in by `stdin` */
  function people(args: string[], { stdin = "", ...more }: Record<string, string> = {}): Promise<Ended> {
    return ossFaces(["people", ...args], { ...settings, ...more }, { cwd: folder, stdin });
  }

  async function put(name: string, bytes: Uint8Array | string, time?: Date): Promise<string> {
    await mkdir(dirname(path(name)), { recursive: true });
    await writeFile(path(name), bytes);
    if (time) await utimes(path(name), time, time);
    return path(name);
  }

  async function history(more: Record<string, string> = {}): Promise<Enrolment[]> {
    const { stdout } = await people(["history", "--json"], more);
    return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Enrolment);
  }

  return { path, people, put, history, remove: () => rm(folder, { recursive: true }) };
}

export type PeopleScene = Awaited<ReturnType<typeof peopleScene>>;

/** For the top of a test file: a scene of its own for each test, and photos of the people once. */
export function peopleScenes() {
  const set = {} as { scene: PeopleScene; photo: Awaited<ReturnType<typeof photosOfPeople>> };
  beforeAll(async () => {
    set.photo = await photosOfPeople();
  });
  beforeEach(async () => {
    set.scene = await peopleScene();
  });
  afterEach(() => set.scene.remove());
  return set;
}

export const anHourAgo = () => new Date(Date.now() - 3_600_000);
