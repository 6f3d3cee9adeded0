import { availableParallelism } from "node:os";
import type { Config } from "../config.js";
import { Failure, UnsupportedFormat } from "../errors.js";
import type { FailedData } from "../events/result-schema.js";
import { createFacePool } from "../faces/pool.js";
import { poolOptions } from "../parts.js";
import { createPhotoReader, type PhotoData } from "../photo.js";
import { createPathStore } from "../storage/path.js";
import { type Command, UsageError } from "./command.js";
import { annotatedCopies } from "./annotated-copies.js";
import { describeResult } from "./describe.js";
import { findPictures } from "./pictures.js";
import { progress } from "./progress.js";

export const command: Command = {
  summary: "the faces in pictures and folders of pictures",
  usage: "PATH… [--json] [--annotate DIR]",
  options: {
    json: { type: "boolean", help: "one line of result data a picture on stdout" },
    annotate: { type: "string", value: "DIR", help: "copies with the faces drawn in, as JPEG, into this folder" },
  },
  async run({ config, options, paths }) {
    if (paths.length === 0) throw new UsageError("detect needs at least one picture or folder: oss-faces detect PATH…");
    const pictures = await findPictures(paths);
    if (pictures.length === 0) throw new UsageError(`There are no pictures in ${paths.join(", ")}.`);
    const write = options.json ? (data: Data) => `${JSON.stringify(data)}\n` : describeResult;
    const copies = typeof options.annotate === "string" ? await annotatedCopies(options.annotate, config.maxPixels) : undefined;
    let failed = 0;
    await detect(pictures, config, async (data) => {
      if ("error" in data) failed += 1;
      else await copies?.(data);
      process.stdout.write(write(data));
    });
    return failed > 0 ? 1 : 0;
  },
};

type Data = PhotoData | Omit<FailedData, "event">;

/** Gives each picture's data to `take`, in the order of `pictures`. */
async function detect(pictures: string[], config: Config, take: (data: Data) => Promise<void>): Promise<void> {
  const pool = createFacePool(poolOptions(config));
  const readPhoto = createPhotoReader({ store: createPathStore(), pool, ...config });
  const shown = progress("pictures", pictures.length);

  async function dataOf(path: string): Promise<Data> {
    try {
      const data = await readPhoto({ bucket: "", key: path }, new AbortController().signal);
      if (typeof data === "string") throw new UnsupportedFormat(data === "empty-object" ? "the file is empty" : "the file is no picture");
      return data;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { image: { key: path }, error: { code: error.code, message: error.message } };
    } finally {
      shown.step();
    }
  }

  // A few more in work than workers, so that reading overlaps inference; results wait their turn.
  const inWork: Promise<Data>[] = [];
  try {
    await pool.ready();
    for (const path of pictures) {
      const data = dataOf(path);
      data.catch(() => undefined); // a defect is thrown when it is this picture's turn
      inWork.push(data);
      if (inWork.length > Math.max(config.workers, availableParallelism()) + 1) await take(await inWork.shift()!);
    }
    while (inWork.length > 0) await take(await inWork.shift()!);
  } finally {
    shown.end();
    await pool.close();
  }
}
