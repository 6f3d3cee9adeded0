import { analysePictures, type PictureData } from "./analyse.js";
import { annotatedCopies } from "./annotated-copies.js";
import { type Command, UsageError } from "./command.js";
import { describeResult } from "./describe.js";
import { print, printLine } from "./output.js";
import { findPictures } from "./pictures.js";

export const command: Command = {
  summary: "the faces in pictures and folders of pictures",
  usage: "PATH… [--json] [--annotate DIR]",
  options: {
    json: { type: "boolean", help: "one line of result data a picture on stdout" },
    annotate: { type: "string", value: "DIR", help: "copies with the faces drawn in, as JPEG of at most 2048 pixels, into this folder, which is not searched itself" },
  },
  async run({ config, options, paths }) {
    if (paths.length === 0) throw new UsageError("detect needs at least one picture or folder: oss-faces detect PATH…");
    const annotate = typeof options.annotate === "string" ? options.annotate : undefined;
    const pictures = await findPictures(paths, annotate);
    if (pictures.length === 0) throw new UsageError(`There are no pictures in ${paths.join(", ")}.`);
    const write = options.json ? (data: PictureData) => `${JSON.stringify(data)}\n` : describeResult;
    const copies = annotate === undefined ? undefined : await annotatedCopies(annotate, config.maxPixels);
    let failed = 0;
    await analysePictures(pictures, config, async (data) => {
      if ("error" in data) failed += 1;
      const copy = "error" in data ? undefined : await copies?.(data);
      print(write(data));
      if (copy !== undefined && !options.json) printLine(`  copy: ${copy}`);
    });
    return failed > 0 ? 1 : 0;
  },
};
