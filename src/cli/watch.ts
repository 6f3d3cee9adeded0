import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { type Command, UsageError } from "./command.js";
import { describeResult } from "./describe.js";
import { interrupted, POD_LOG, startLocal } from "./local.js";
import { print, tell } from "./output.js";
import { isWithin } from "./pictures.js";

export const command: Command = {
  summary: "a folder as the bucket: what is dropped in is analysed",
  usage: "FOLDER",
  options: {
    existing: { type: "boolean", help: "also what is in the folder already" },
    ...POD_LOG,
  },
  async run({ config, options, paths: [path, ...more] }) {
    if (path === undefined || more.length > 0) throw new UsageError("watch needs one folder: oss-faces watch FOLDER");
    const folder = resolve(path);
    const stats = await stat(folder).catch(() => undefined);
    if (!stats?.isDirectory()) throw new UsageError(`${path}: there is no such folder`);
    const { gallery } = config;
    if (gallery && !gallery.startsWith("oss://") && isWithin(folder, gallery)) throw new UsageError(`GALLERY ${gallery} lies in ${path}, which is the bucket: put it elsewhere`);
    const local = await startLocal({
      config,
      root: dirname(folder),
      bucket: basename(folder),
      existing: options.existing === true,
      podLog: options["pod-log"] === true,
      onAnswer: (data) => data && print(describeResult(data)),
    });
    tell(`Drop photos into ${folder}; Ctrl-C ends.\n`);
    await interrupted();
    await local.close();
    return 0;
  },
};
