import type { Config } from "./config.js";
import type { PoolSettings } from "./faces/pool.js";
import type { BucketAccess } from "./people/bucket.js";
import type { Senders } from "./server/auth.js";
import type { StorageSettings } from "./storage/index.js";

// The settings as the rooms want them: no room knows the whole configuration.

/** A gallery needs descriptors, and enrolment the quality, whatever DETAILS names: `naming.ts` takes them away again. */
export function poolOptions({ gallery, engine, workers, maxPixels, pictureMemory, eventDeadline, details: asked, recognition, detectSize, minScore, minFace, detector, models }: Config): PoolSettings {
  const details = gallery ? [...new Set([...asked, "quality", "descriptor"] as const)] : asked;
  return { engine, workers, maxPixels, pictureMemory, hang: hangTime(eventDeadline), options: { details, recognition, detectSize, minScore, minFace, detector, models } };
}

/** A worker that hangs is to be known before its photo's deadline, so that the photo is known for it; milliseconds. */
function hangTime(eventDeadline: number): number {
  return Math.min(30_000, eventDeadline / 2);
}

export function storageSettings(config: Config): StorageSettings {
  return {
    storage: config.storage,
    buckets: config.ossBuckets,
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

/** Who may send events; everybody who reaches the service where neither is set. */
export function sendersOf({ authToken: token, oidcAudience: audience, oidcIssuer: issuer, oidcKeys: keys }: Config): Senders {
  return { ...(token && { token }), ...(audience && issuer && { oidc: { audience, issuer, keys } }) };
}

/** How the gallery's bucket is reached; nothing where it is a folder. */
export function galleryBucket(config: Config): (() => Promise<BucketAccess>) | undefined {
  const { gallery } = config;
  if (!gallery?.startsWith("oss://")) return undefined;
  return async () => (await import("./storage/index.js")).startRelay(gallery, storageSettings(config));
}
