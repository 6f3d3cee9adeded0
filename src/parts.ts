import type { Config } from "./config.js";
import type { PoolSettings } from "./faces/pool.js";
import type { StorageSettings } from "./storage/index.js";

/** The settings as the rooms want them: no room knows the whole configuration. */
export function poolOptions({ engine, workers, maxPixels, details, detectSize, minScore, minFace }: Config): PoolSettings {
  return { engine, workers, maxPixels, options: { details, detectSize, minScore, minFace } };
}

export function storageSettings(config: Config): StorageSettings {
  const { storage, ossBuckets, ossRegion, ossEndpoint, ossInternal } = config;
  return {
    storage,
    buckets: ossBuckets ?? [],
    region: ossRegion,
    endpoint: ossEndpoint,
    internal: ossInternal,
    accessKeyId: config.ossAccessKeyId,
    accessKeySecret: config.ossAccessKeySecret,
    sessionToken: config.ossSessionToken,
  };
}
