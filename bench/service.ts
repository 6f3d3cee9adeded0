import { ready, serve, withStorage } from "./served.js";

const PHOTOS = 200;
const AT_ONCE = 8;

/** The service under load: photos a second, and how long its HTTP thread keeps others waiting. */
export async function run(): Promise<void> {
  await withStorage(async (root) => {
    const service = await serve(root);
    await ready(service);
    const started = performance.now();
    let next = 0;
    const sender = async () => {
      while (next < PHOTOS) await service.photo(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    const seconds = (performance.now() - started) / 1000;
    const scraped = await (await fetch(service.metrics)).text();
    const lag = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(scraped)?.[1]) * 1000;
    process.stdout.write(`${PHOTOS} photos, ${AT_ONCE} at once: ${(PHOTOS / seconds).toFixed(1)} a second; peak memory ${Math.round(await service.memory("VmHWM"))} MiB\n`);
    process.stdout.write(`event-loop delay of the HTTP thread at p99: ${lag.toFixed(1)} ms, 2 ms of it between samples\n`);
    await service.stop();
  });
}
