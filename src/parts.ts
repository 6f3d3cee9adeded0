import type { Config } from "./config.js";
import type { PoolSettings } from "./faces/pool.js";
import type { StorageSettings } from "./storage/index.js";

/** The settings as the rooms want them: no room knows the whole configuration. */
export function poolOptions({ engine, workers, maxPixels, details, recognition, detectSize, minScore, minFace, detector, models }: Config): PoolSettings {
  return { engine, workers, maxPixels, options: { details, recognition, detectSize, minScore, minFace, detector, models } };
}

export function storageSettings(config: Config): StorageSettings {
  return {
    storage: config.storage,
    buckets: config.ossBuckets ?? [],
    region: config.ossRegion,
    endpoint: config.ossEndpoint,
    internal: config.ossInternal,
    accessKeyId: config.ossAccessKeyId,
    accessKeySecret: config.ossAccessKeySecret,
    sessionToken: config.ossSessionToken,
    env: {
      ALIBABA_CLOUD_ACCESS_KEY_ID: config.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: config.accessKeySecret,
      ALIBABA_CLOUD_SECURITY_TOKEN: config.securityToken,
      ALIBABA_CLOUD_ROLE_ARN: config.roleArn,
      ALIBABA_CLOUD_OIDC_PROVIDER_ARN: config.oidcProviderArn,
      ALIBABA_CLOUD_OIDC_TOKEN_FILE: config.oidcTokenFile,
    },
  };
}
