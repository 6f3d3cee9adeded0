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
  return createFacePool(poolOptions(config));
}

function checkFolder(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new ConfigError([`STORAGE ${JSON.stringify(path)}: must be oss or a folder`]);
}
