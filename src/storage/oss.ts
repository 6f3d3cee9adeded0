import { setTimeout as sleep } from "node:timers/promises";
import { StorageUnavailable } from "../errors.js";
import { unlessAborted } from "../unless-aborted.js";
import type { CredentialProvider, Credentials } from "./credentials.js";
import { holdCredentials } from "./credentials.js";
import { nameOf, type ObjectRef, type ObjectStore, type ReadOptions, type StoredObject } from "./object-store.js";
import { download } from "./oss-client.js";
import type { Headers, OssAddress } from "./oss-client.js";
import { failureOf, isCredentialFault, isPassing, OssFault } from "./oss-errors.js";
import { chunksOf, createTransport } from "./oss-transport.js";
import type { Deadlines } from "./oss-transport.js";
import { readBody, readEitherKey, stopReason } from "./reading.js";

export interface OssOptions extends OssAddress {
  credentials: CredentialProvider;
  /** Milliseconds, for one try; 10 s each. */
  deadlines?: Deadlines;
  /** Mean wait before the second try, milliseconds; it doubles before the third. */
  backoff?: number;
}

const TRIES = 3;

/**
 * Reads objects from OSS through ali-oss, which signs and understands errors; connections, deadlines and tries are ours.
 * Nothing that ali-oss throws is passed on: its errors may carry the request with its credentials.
 */
export function createOssStore(options: OssOptions): ObjectStore {
  const { deadlines = { headers: 10_000, idle: 10_000 }, backoff = 200 } = options;
  const holder = holdCredentials(options.credentials);
  const transport = createTransport(deadlines);
  let closed = false;

  async function tryOnce(ref: ObjectRef, read: ReadOptions, credentials: Credentials): Promise<StoredObject> {
    const { response, headers } = await download(options, transport, ref, credentials, read.signal);
    try {
      const length = headers["content-length"];
      const { md5, ...body } = await readBody(chunksOf(response, deadlines.idle, read.signal), ref, length ? Number(length) : undefined, read);
      const sent = headers["content-md5"]; // of the whole object, absent after a multipart upload
      if (sent && md5 && Buffer.from(String(sent), "base64").toString("hex").toUpperCase() !== md5) {
        throw new StorageUnavailable(`${nameOf(ref)}: the bytes that arrived do not match their Content-MD5`);
      }
      return { ...body, size: length ? Number(length) : body.bytes.length, key: ref.key, ...described(headers) };
    } finally {
      response.destroy(); // does nothing where the body was read to its end
    }
  }

  /** Up to three tries, and one more where new credentials may help. */
  async function readKey(ref: ObjectRef, read: ReadOptions): Promise<StoredObject> {
    let credentials = await holder.get();
    let renewed = false;
    for (let tries = 1; ; tries++) {
      try {
        if (closed) throw new StorageUnavailable("The object store was closed");
        return await tryOnce(ref, read, credentials);
      } catch (error) {
        if (read.signal.aborted) throw stopReason(read.signal, ref);
        const fresh = !renewed && isCredentialFault(error) ? await holder.renewed(credentials) : undefined;
        if (fresh) {
          credentials = fresh;
          renewed = true;
          continue;
        }
        const failure = error instanceof OssFault ? failureOf(error, ref, credentials) : error;
        if (closed || tries >= TRIES || !isPassing(error)) throw failure;
        await sleep(backoff * 2 ** (tries - 1) * (0.5 + Math.random()), undefined, { signal: read.signal });
      }
    }
  }

  return {
    read(ref, options) {
      const read = { ...options, wanted: askedOnce(options.wanted) };
      const work = readEitherKey(ref, (key) => readKey({ ...ref, key }, read));
      return unlessAborted(work, options.signal, () => stopReason(options.signal, ref));
    },
    close() {
      closed = true;
      transport.close();
      return Promise.resolve();
    },
  };
}

/** A second try does not ask again. */
function askedOnce(wanted: ReadOptions["wanted"]): ReadOptions["wanted"] {
  let answer: boolean | undefined;
  return (head) => (answer ??= wanted(head));
}

const META = "x-oss-meta-";

function described(headers: Headers): Pick<StoredObject, "etag" | "userMeta"> {
  const metas = Object.entries(headers).filter(([name]) => name.startsWith(META));
  return {
    ...(headers.etag && { etag: String(headers.etag).replaceAll('"', "").toUpperCase() }),
    userMeta: Object.fromEntries(metas.map(([name, value]) => [name.slice(META.length), String(value)])),
  };
}
