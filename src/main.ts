import { endHard, flushOutput } from "./ending.js";
import type { Config } from "./config.js";
import type { FacePool } from "./faces/engine.js";
import { logOf, startService } from "./service.js";

/**
 * Config → parts → server → signals. Settles once the service is ready. The first SIGTERM or SIGINT drains it and ends
 * the process with 0, the second answers what is left 503, the third ends the process as it is.
 * @param unread settles when nobody reads the log any more: that ends it as a first signal does
 */
export async function serve(config: Config, pool: FacePool, unread: Promise<void>): Promise<void> {
  const log = logOf(config);
  const starting = startService(config, { log, pool });

  async function finish(): Promise<void> {
    const areBack = await (await starting).close();
    if (!areBack) log.line("warn", "workers did not come back; ending without them");
    await flushOutput();
    if (areBack) process.exit(); // 0, unless something was in the way
    endHard();
  }
  let signals = 0;
  const end = (why: string) => {
    signals += 1;
    if (signals === 1) {
      log.line("info", `${why}: finishing what is in work`);
      finish().catch((error: unknown) => {
        log.line("error", `not closed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        void flushOutput().then(() => process.exit(1));
      });
    } else if (signals === 2) {
      log.line("info", `${why} again: what is left is answered 503`);
      starting.then((service) => service.stop()).catch(() => undefined); // serve() says why it did not start
    } else endHard();
  };
  process.on("SIGTERM", end).on("SIGINT", end);
  void unread.then(() => signals === 0 && end("nobody reads the log"));

  const service = await starting;
  log.line("info", `listening on port ${new URL(service.url).port}`);
  await service.ready.catch(async (error: unknown) => {
    if (signals > 0) return;
    await service.close(); // a worker that is ended while it loads its models takes the process with it
    throw error;
  });
  if (signals === 0) log.line("info", "ready");
}
