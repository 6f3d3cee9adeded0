import { BucketNotAllowed } from "../errors.js";
import { credentialProvider } from "./credentials.js";
import type { CredentialSettings } from "./credentials.js";
import { createFolderStore } from "./folder.js";
import type { ObjectStore } from "./object-store.js";
import type { OssAddress } from "./oss-client.js";
import { type OssRelay, startOssRelay } from "./oss-relay.js";
import { createOssStore } from "./oss.js";

export interface StorageSettings extends OssAddress, CredentialSettings {
  /** STORAGE: `oss`, or a folder whose sub-folders are buckets. */
  storage: string;
  /** OSS_BUCKETS: the only buckets that may be used, none where it is empty; absent: all. */
  buckets?: readonly string[];
}

/**
 * The object store that the settings name. Nothing is loaded or looked up before the first read.
 */
export function createStore(settings: StorageSettings): ObjectStore {
  const store =
    settings.storage === "oss"
      ? createOssStore({ ...settings, credentials: credentialProvider(settings) })
      : createFolderStore(settings.storage);
  return settings.buckets === undefined ? store : onlyBuckets(store, settings.buckets);
}

/** What a gallery at `oss://bucket/prefix` is reached through, whatever STORAGE is. */
export function startRelay(location: string, settings: OssAddress & CredentialSettings): Promise<OssRelay> {
  return startOssRelay(location, { ...settings, credentials: credentialProvider(settings) });
}

function onlyBuckets(store: ObjectStore, allowed: readonly string[]): ObjectStore {
  function check(bucket: string): void {
    if (!allowed.includes(bucket)) throw new BucketNotAllowed(`The bucket ${JSON.stringify(bucket)} is not among OSS_BUCKETS`);
  }
  return {
    async read(ref, options) {
      check(ref.bucket);
      return store.read(ref, options);
    },
    async stat(ref, signal) {
      check(ref.bucket);
      return store.stat(ref, signal);
    },
    async *list(bucket, prefix, signal) {
      check(bucket);
      yield* store.list(bucket, prefix, signal);
    },
    async remove(ref, signal) {
      check(ref.bucket);
      return store.remove(ref, signal);
    },
    close: () => store.close(),
  };
}
