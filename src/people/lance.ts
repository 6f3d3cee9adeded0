import { lstat, mkdir, readdir } from "node:fs/promises";
import type * as Lance from "@lancedb/lancedb";
import { GalleryUnavailable, GalleryUnusable } from "../errors.js";
import type { DescriptorModel, Gallery } from "./gallery.js";
import { prepareEnvironment } from "./bucket.js";
import type { BucketAccess } from "./bucket.js";
import { bucketTurns } from "./bucket-turns.js";
import { folderTurns } from "./folder-turns.js";
import { lanceCalls } from "./lance-calls.js";
import type { Calls } from "./lance-calls.js";
import { LanceGallery } from "./lance-gallery.js";
import { removeLeftovers } from "./leftovers.js";
import { checkModel, modelOf } from "./lance-model.js";
import { NOTES_SCHEMA } from "./lance-notes.js";
import { everyOldFile, facesSchema } from "./lance-table.js";
import { temporaryFiles, told } from "./temporary-files.js";
import { PACE, turnLock } from "./writer-lock.js";
import type { Lock } from "./writer-lock.js";

export interface LanceOptions {
  /** A folder, which is made where it is not there, or `oss://bucket/prefix`. */
  location: string;
  model: DescriptorModel;
  /** Take a gallery of another model as it is: for all that compares no faces. `model` is what a new one is made for. */
  anyModel?: boolean;
  /** Make none where there is none. */
  existing?: boolean;
  /** For `oss://`: begins what the bucket is reached through, which ends with the gallery. */
  bucket?: () => Promise<BucketAccess>;
}

/** What a gallery holds: the tables of faces and of notes, and the files or objects by which processes take turns. */
const FACES = "faces";
const NOTES = "notes";
const TURNS = "turns";
const OWN = [`${FACES}.lance`, `${NOTES}.lance`, TURNS];
/** How long opening waits for another process that makes the gallery, in milliseconds. */
const PATIENCE = 30_000;
/** How old what a search sees may be, in seconds: in a folder the newest is asked for each time, it costs a look at one file. */
const AGE = { folder: 0, bucket: 1 };

/**
 * Opens a gallery, made where it is not there.
 * @throws GalleryUnusable where it was made with another model, or the place holds something else
 * @throws TemporaryFolderUnusable
 * @throws GalleryUnavailable where it could not be read or made
 */
export async function openGallery(options: LanceOptions): Promise<Gallery> {
  if (options.existing && !options.bucket && !(await readdir(options.location).catch((): string[] => [])).includes(`${FACES}.lance`)) throw noGallery(options);
  return connected(options, (parts) => openTables(options, parts));
}

async function openTables(options: LanceOptions, parts: Connected): Promise<Gallery> {
  const { connection, calls, locks } = parts;
  const open = async () => ({ faces: await connection.openTable(FACES), notes: await connection.openTable(NOTES) });
  const there = await calls(() => connection.tableNames());
  if (options.existing && !there.includes(FACES)) throw noGallery(options);
  const tables =
    there.includes(FACES) && there.includes(NOTES)
      ? await calls(open)
      : await locks.write.held(() => calls(async () => ({ notes: await connection.createEmptyTable(NOTES, NOTES_SCHEMA, { existOk: true }), faces: await connection.createEmptyTable(FACES, facesSchema(options.model), { existOk: true }) })), PATIENCE);
  const made = await modelOf(tables.faces, options.location, calls);
  const model = options.anyModel ? made : options.model;
  const check = () => checkModel(tables.faces, model, options.location, calls);
  await check();
  const write = seeingNewest(locks.write, tables, calls);
  const commits: Calls = (call, newest) => calls(() => (write.check(), call()), newest);
  const gallery = new LanceGallery(tables, model, { ...parts, commits, locks: { index: locks.index, write }, check });
  await gallery.begin();
  return gallery;
}

/**
 * Empties a gallery, whatever model it was made with, and keeps in mind who was forgotten. Processes that have it open
 * with another model get GalleryUnusable from then on.
 */
export async function recreateGallery(options: LanceOptions): Promise<Gallery> {
  await connected(options, async ({ connection, calls, locks, close }) => {
    const recreate = async () => {
      const faces = await connection.createEmptyTable(FACES, facesSchema(options.model), { mode: "overwrite" });
      for (let times = 0; times < 2; times++) await faces.optimize(everyOldFile());
    };
    await locks.index.held(() => locks.write.held(() => calls(recreate), PATIENCE), PATIENCE);
    await close();
  });
  return openGallery(options);
}

const noGallery = ({ location }: LanceOptions) => new GalleryUnusable(`There is no gallery in ${location} yet: is GALLERY right? The first photo that is enrolled makes it.`);

type Connected = Omit<LanceParts, "check" | "commits">;

/** Work with the library and its connection to this place, which ends where the work fails. */
async function connected<Result>({ location, bucket }: LanceOptions, work: (parts: Connected) => Promise<Result>): Promise<Result> {
  if (!bucket) await checkFolder(location);
  const access = await bucket?.();
  let connection: Lance.Connection | undefined;
  const close = async () => {
    connection?.close();
    await access?.close();
  };
  try {
    const calls = lanceCalls(location, Object.values(access?.storageOptions ?? {}), access);
    process.env.LANCEDB_LOG ??= "error"; // its warnings (a column that is not named, few rows for a part) are none for an operator
    const readConsistencyInterval = access ? AGE.bucket : AGE.folder;
    const { library, connection: made } = await temporaryFiles.keeping(async (folder) => {
      if (access) await told(folder, prepareEnvironment(folder));
      const library = await import("@lancedb/lancedb");
      return { library, connection: await calls(() => library.connect(location, { readConsistencyInterval, storageOptions: access?.storageOptions })) };
    });
    connection = made;
    const lock = (name: string, told: string) =>
      access ? turnLock(bucketTurns(access.objects, name), `${told} ${location}`, calls, PACE.bucket) : turnLock(folderTurns(`${location}/${TURNS}`, name), `${told} ${location}`, calls, PACE.folder);
    const sweep = access ? () => Promise.resolve() : () => removeLeftovers(location); // a bucket has none but parts of uploads, which its lifecycle rules end
    return await work({ connection, calls, library, locks: { index: lock("index", "make the index of"), write: lock("write", "write to") }, sweep, close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whoever has the turn sees what the last one wrote: in a bucket the tables are otherwise up to a second old. */
function seeingNewest(lock: Lock, { faces, notes }: { faces: Lance.Table; notes: Lance.Table }, calls: Calls): Lock {
  return {
    check: () => lock.check(),
    held(work, patience) {
      const newest = () => Promise.all([faces.checkoutLatest(), notes.checkoutLatest()]);
      return lock.held(async () => {
        await calls(newest);
        return work();
      }, patience);
    },
  };
}

export interface LanceParts {
  connection: Lance.Connection;
  calls: Calls;
  /** For the holder of the write lock: calls that change a table, made only where it surely still is its turn. */
  commits: Calls;
  library: typeof Lance;
  /** Whoever wants both takes `index` first. */
  locks: { index: Lock; write: Lock };
  /** @throws GalleryUnusable where the gallery is one of another model by now */
  check: () => Promise<void>;
  /** Removes what killed processes left half-written. For the holder of both locks. */
  sweep: () => Promise<void>;
  /** Ends the connection and what it goes through. */
  close: () => Promise<void>;
}

async function checkFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const others = (await readdir(folder)).filter((name) => !OWN.includes(name) && name !== "lost+found" && !name.startsWith(".")); // those of file systems and desktops
    if (others.length > 0) throw new GalleryUnusable(`${folder} is no gallery: it holds ${others[0]}. GALLERY names a folder of its own.`);
  } catch (error) {
    if (error instanceof GalleryUnusable) throw error;
    if (await lstat(folder).then((found) => !found.isDirectory() && !found.isSymbolicLink(), () => false)) throw new GalleryUnusable(`${folder} is no gallery: it is a file. GALLERY names a folder.`);
    throw new GalleryUnavailable(`The gallery ${folder} could not be opened: ${(error as Error).message}`);
  }
}
