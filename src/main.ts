import type { Config } from "./config.js";
import type { FacePool } from "./faces/engine.js";
import { logOf, startService } from "./service.js";

/** Config → parts → server → signals. Settles once the service is ready; SIGTERM and SIGINT drain it and end the process with 0. */
export async function serve(config: Config, pool: FacePool): Promise<void> {
  const log = logOf(config);
  const starting = startService(config, { log, pool });

  let ending = false;
  const end = (signal: string) => {
    if (ending) process.exit(1); // whoever asks twice does not want to wait
    ending = true;
    log.line("info", `${signal}: finishing what is in work`);
    void starting.then((service) => service.close()).then(() => process.exit(0));
  };
  process.on("SIGTERM", end).on("SIGINT", end);

  const service = await starting;
  log.line("info", `listening on port ${new URL(service.url).port}`);
  await service.ready.catch(async (error: unknown) => {
    if (ending) return;
    await service.close(); // a worker that is ended while it loads its models takes the process with it
    throw error;
  });
  if (!ending) log.line("info", "ready");
}
