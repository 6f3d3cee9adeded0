import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { samplePhotos } from "../samples.js";
import type { Command } from "./command.js";
import { describeResult } from "./describe.js";
import { interrupted, type Local, POD_LOG, startLocal } from "./local.js";

const BUCKET = "photos";

export const command: Command = {
  summary: "the whole system on this machine with six sample photos, then whatever you drop in",
  usage: "[--once]",
  options: {
    once: { type: "boolean", help: "end after the sample photos" },
    ...POD_LOG,
  },
  async run({ config, options }) {
    const samples = samplePhotos();
    const root = await mkdtemp(join(tmpdir(), "oss-faces-demo-"));
    const bucket = join(root, BUCKET);
    await mkdir(bucket);
    let answers = 0;
    let photos = 0;
    let faces = 0;
    let finish: () => void;
    const samplesDone = new Promise<void>((resolve) => (finish = resolve));
    const interrupt = interrupted();
    let local: Local | undefined;
    try {
      local = await startLocal({
        config,
        root,
        bucket: BUCKET,
        existing: true,
        podLog: options["pod-log"] === true,
        onAnswer(data) {
          if (data) process.stdout.write(describeResult(data));
          if (data && "faces" in data) {
            photos += 1;
            faces += data.faces.length;
          }
          answers += 1;
          if (answers === samples.length) finish();
        },
      });
      process.stdout.write(`The service listens on ${local.url}; the bucket is ${bucket}\n`);
      for (const sample of samples) await copyFile(sample, join(bucket, basename(sample)));
      await Promise.race([samplesDone, interrupt]);
      process.stdout.write(`${faces} faces in ${photos} photos\n`);
      if (!options.once && answers >= samples.length) {
        process.stdout.write(`Drop photos into ${bucket}; Ctrl-C ends the demo.\n`);
        await interrupt;
      }
      return photos >= samples.length ? 0 : 1;
    } finally {
      await local?.close();
      await rm(root, { recursive: true });
    }
  },
};
