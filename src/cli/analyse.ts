import type { Config } from "../config.js";
import { Failure, UnsupportedFormat } from "../errors.js";
import type { FailedData } from "../events/result-schema.js";
import { createFacePool } from "../faces/pool.js";
import { createNaming } from "../naming.js";
import { poolOptions } from "../parts.js";
import { createPhotoReader, readAgain, type PhotoData } from "../photo.js";
import { startPeople } from "../start-people.js";
import { createPathStore } from "../storage/path.js";
import { inOrder } from "./in-order.js";
import { progress } from "./progress.js";

/** A picture's faces, or why there are none to tell of. */
export type PictureData = PhotoData | Omit<FailedData, "event">;

/**
 * Pictures begun while the first of them is not done: small ones go on behind a large one. Of how many the bytes are
 * held in memory is the photo reader's business.
 */
const IN_WORK = 32;

/**
 * Finds the faces in pictures, all workers busy, with progress on stderr.
 * @param take gets each picture's data, in the order of `paths`
 * @returns milliseconds from the models' being loaded to the end
 */
export async function analysePictures(paths: string[], config: Config, take: (data: PictureData, path: string) => Promise<void> | void): Promise<number> {
  const pool = createFacePool(poolOptions(config));
  const people = startPeople(config, pool.info, { existing: true }); // a mistyped GALLERY is no empty one
  const nameFaces = createNaming(people, config);
  const readPhoto = readAgain(createPhotoReader({ store: createPathStore(), pool, ...config }));
  const shown = progress("pictures", paths.length);

  async function dataOf(path: string): Promise<PictureData> {
    try {
      const data = await readPhoto({ bucket: "", key: path }, new AbortController().signal);
      if (typeof data === "string") throw new UnsupportedFormat(data === "empty-object" ? "the file is empty" : "the file is no picture");
      return await nameFaces(data);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { image: { key: path }, error: { code: error.code, message: error.message } };
    } finally {
      shown.step();
    }
  }

  try {
    await Promise.all([pool.ready(), people?.gallery()]);
    const started = performance.now();
    await inOrder(paths, IN_WORK + config.workers, dataOf, take);
    return performance.now() - started;
  } finally {
    await Promise.all([pool.close(), people?.close()]);
    shown.end(); // where `take` threw, pictures were in work until now
  }
}
