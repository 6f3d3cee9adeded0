import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "./command.js";
import { describeResult } from "./describe.js";
import { interrupted, startLocal } from "./local.js";

const BUCKET = "photos";
const SAMPLES = [1, 2, 3, 4, 5, 6].map((number) => `sample${number}.jpg`);

export const command: Command = {
  summary: "the whole system on this machine with six sample photos, then whatever you drop in",
  usage: "[--once]",
  options: {
    once: { type: "boolean", help: "end after the sample photos" },
    "pod-log": { type: "boolean", help: "also print what the pod's log would hold" },
  },
  async run({ config, options }) {
    const root = await mkdtemp(join(tmpdir(), "oss-faces-demo-"));
    const bucket = join(root, BUCKET);
    await mkdir(bucket);
    let answers = 0;
    let photos = 0;
    let faces = 0;
    let finish: () => void;
    const samplesDone = new Promise<void>((resolve) => (finish = resolve));
    const local = await startLocal({
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
        if (answers === SAMPLES.length) finish();
      },
    });
    try {
      process.stdout.write(`The service listens on ${local.url}; the bucket is ${bucket}\n`);
      const demo = join(dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")), "demo");
      for (const sample of SAMPLES) await copyFile(join(demo, sample), join(bucket, sample));
      await Promise.race([samplesDone, interrupted()]);
      process.stdout.write(`${faces} faces in ${photos} photos\n`);
      if (!options.once) {
        process.stdout.write(`Drop photos into ${bucket}; Ctrl-C ends the demo.\n`);
        await interrupted();
      }
      return photos >= SAMPLES.length ? 0 : 1;
    } finally {
      await local.close();
      await rm(root, { recursive: true });
    }
  },
};
