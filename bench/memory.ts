import { progress } from "../src/cli/progress.js";
import { ready, serve, withStorage } from "./served.js";

const WORKERS = 2;
const STEPS = [100, 1_000, 10_000];
const AT_ONCE = 4;
/**
 * Memory goes up and down, by a photo's pixels and by what the main thread leaves until its heap is collected, every 250
 * photos: a figure is the mean over the last so many photos.
 */
const MEAN_OVER = 500;

/** Memory of the whole service with two workers: after so many photos, and how much it still grows. */
export async function run(): Promise<void> {
  await withStorage(async (root) => {
    const service = await serve(root, { WORKERS: String(WORKERS) });
    await ready(service);
    const tell = async (what: string, now: number) => process.stdout.write(`${what.padEnd(14)} RSS ${megabytes(now)} MB, peak ${megabytes(await service.memory("VmHWM"))} MB\n`);
    await tell("ready", await service.memory("VmRSS"));
    const shown = progress("photos", STEPS.at(-1)!);
    let next = 0;
    const after: number[] = [];
    for (const photos of STEPS) {
      const samples: number[] = [];
      const sender = async () => {
        while (next < photos) {
          await service.photo(next++);
          shown.step();
          if (next > photos - MEAN_OVER) samples.push(await service.memory("VmRSS"));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, sender));
      const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
      await tell(`${photos} photos`, mean);
      after.push(mean);
    }
    shown.end();
    const [before, end] = after.slice(-2);
    process.stdout.write(`growth from ${STEPS.at(-2)} to ${STEPS.at(-1)} photos: ${((end / before - 1) * 100).toFixed(1)} %\n`);
    await service.stop();
  });
}

/** MiB as MB. */
function megabytes(mebibytes: number): number {
  return Math.round((mebibytes * 2 ** 20) / 1e6);
}
