import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { samplePhotos } from "../samples.js";
import type { Command } from "./command.js";
import { writeCrops } from "./demo-people.js";
import { describeResult } from "./describe.js";
import { interrupted, type Local, POD_LOG, startLocal } from "./local.js";
import { print } from "./output.js";

const BUCKET = "photos";

export const command: Command = {
  summary: "the whole system on this machine with six sample photos, then whatever you drop in",
  usage: "[--once] [--people]",
  options: {
    once: { type: "boolean", help: "end after the sample photos" },
    people: { type: "boolean", help: "first enrol three people of the last sample photo, by crops dropped under people/" },
    ...POD_LOG,
  },
  async run({ configWith, options }) {
    const samples = samplePhotos();
    configWith({}); // wrong settings are told before anything is made
    const root = await mkdtemp(join(tmpdir(), "oss-faces-demo-"));
    const config = configWith(options.people ? { gallery: join(root, "gallery") } : {});
    const bucket = join(root, BUCKET);
    await mkdir(bucket);
    const counts = { photos: 0, faces: 0, named: 0 };
    const answers = countdown();
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
          if (data) print(describeResult(data));
          if (data && "faces" in data) {
            counts.photos += 1;
            counts.faces += data.faces.length;
            counts.named += data.faces.filter(({ person }) => person).length;
          }
          answers.one();
        },
      });
      print(`The service listens on ${local.url}; the bucket is ${bucket}\n`);
      if (options.people) {
        const crops = await writeCrops(samples.at(-1)!, join(bucket, config.peoplePrefix), config);
        await Promise.race([answers.of(crops), interrupt]);
      }
      for (const sample of samples) await copyFile(sample, join(bucket, basename(sample)));
      await Promise.race([answers.of(samples.length), interrupt]);
      const named = options.people ? `, ${counts.named} of them named` : "";
      print(`${counts.faces} faces in ${counts.photos} photos${named}\n`);
      if (!options.once && counts.photos >= samples.length) {
        print(`Drop photos into ${bucket}; Ctrl-C ends the demo and removes that folder.\n`);
        await interrupt;
      }
      return counts.photos >= samples.length ? 0 : 1;
    } finally {
      await local?.close();
      await rm(root, { recursive: true });
    }
  },
};

/** Waits for so many answers, counted from the last time one waited. */
function countdown() {
  let come = 0;
  let wanted = Infinity;
  let done = () => {};
  const check = () => {
    if (come < wanted) return;
    come -= wanted;
    wanted = Infinity;
    done();
  };
  return {
    one() {
      come += 1;
      check();
    },
    of(count: number): Promise<void> {
      return new Promise((resolve) => {
        [wanted, done] = [count, resolve];
        check();
      });
    },
  };
}
