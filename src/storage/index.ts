import { BucketNotAllowed } from "../errors.js";
import { credentialProvider } from "./credentials.js";
import type { CredentialSettings } from "./credentials.js";
import { createFolderStore } from "./folder.js";
import type { ObjectStore } from "./object-store.js";
import type { OssAddress } from "./oss-client.js";
import { createOssStore } from "./oss.js";

export interface StorageSettings extends OssAddress, CredentialSettings {
  /** STORAGE: `oss`, or a folder whose sub-folders are buckets. */
  storage: string;
  /** OSS_BUCKETS: the buckets that may be read; every one where it names none. */
  buckets: readonly string[];
}

/**
 * The object store that the settings name. Nothing is loaded or looked up before the first read.
 */
export function createStore(settings: StorageSettings): ObjectStore {
  const store =
    settings.storage === "oss"
      ? createOssStore({ ...settings, credentials: credentialProvider(settings) })
      : createFolderStore(settings.storage);
  return settings.buckets.length === 0 ? store : onlyBuckets(store, settings.buckets);
}

function onlyBuckets(store: ObjectStore, allowed: readonly string[]): ObjectStore {
  return {
    async read(ref, options) {
      if (!allowed.includes(ref.bucket)) throw new BucketNotAllowed(`The bucket ${JSON.stringify(ref.bucket)} is not among OSS_BUCKETS`);
      return store.read(ref, options);
    },
    close: () => store.close(),
  };
}
