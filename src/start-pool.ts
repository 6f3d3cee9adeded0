import { statSync } from "node:fs";
import { type Config, ConfigError } from "./config.js";
import type { FacePool } from "./faces/engine.js";
import { createFacePool } from "./faces/pool.js";
import { poolOptions } from "./parts.js";

/**
 * Starts the workers: the first thing that `serve` does, for they load their models while the rest of the service's
 * modules are loaded.
 * @throws ConfigError where the storage's folder is not there: what can be known to be wrong is said before
 * @throws MissingPart where a model is missing
 */
export function startPool(config: Config): FacePool {
  if (config.storage !== "oss") checkFolder(config.storage);
  return createFacePool({ ...poolOptions(config), report: (error) => void report(config, error) });
}

/** The log is loaded when it is needed: workers start before it. */
async function report({ logFormat, logLevel }: Config, { message }: Error): Promise<void> {
  const { createLog } = await import("./telemetry/log.js");
  createLog({ format: logFormat, level: logLevel }).line("error", `a worker cannot be replaced, it is tried again: ${message}`);
}

function checkFolder(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new ConfigError([`STORAGE ${JSON.stringify(path)}: must be oss or a folder`]);
}
