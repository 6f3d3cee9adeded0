import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { exportLines } from "../../people/export-file.js";
import type { Gallery } from "../../people/gallery.js";
import { type Command, UsageError } from "../command.js";
import { printAll } from "../output.js";
import { progress } from "../progress.js";
import { withAnyGallery } from "./open.js";

export const command: Command = {
  summary: "the whole gallery as JSON lines, descriptors included: keep it as safe as the gallery",
  usage: "[FILE]",
  options: {},
  async run({ config, paths: [file, ...more] }) {
    if (more.length > 0) throw new UsageError("people export takes one file: oss-faces people export people.jsonl");
    return withAnyGallery(config, async (gallery) => {
      if (file === undefined) {
        for await (const line of exportLines(gallery)) await printAll(line);
        return 0;
      }
      const shown = progress("photos", (await gallery.count()).photos);
      try {
        await write(file, counted(gallery, shown.step));
      } finally {
        shown.end();
      }
      return 0;
    }, { existing: true });
  },
};

async function* counted(gallery: Gallery, step: () => void): AsyncGenerator<string> {
  let isHead = true;
  for await (const line of exportLines(gallery)) {
    yield line;
    if (!isHead) step();
    isHead = false;
  }
}

/** For the owner's eyes only, and never half a file under its name. */
async function write(file: string, lines: AsyncIterable<string>): Promise<void> {
  const unfinished = `${file}.${process.pid}.part`;
  try {
    const there = await stat(file).catch(() => undefined);
    if (there && !there.isFile()) return await pipeline(lines, createWriteStream(file)); // a device or a pipe is not to be replaced
    await pipeline(lines, createWriteStream(unfinished, { mode: 0o600 }));
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw (error as NodeJS.ErrnoException).code === undefined ? error : new UsageError(`${file}: ${(error as Error).message}`);
  }
}
