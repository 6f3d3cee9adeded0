import { StorageUnavailable } from "../errors.js";
import { unlessAborted } from "../unless-aborted.js";
import type { CredentialProvider } from "./credentials.js";
import { checkKey } from "./names.js";
import { nameOf, type ObjectRef, type ObjectStore, type ReadOptions, type StoredObject } from "./object-store.js";
import type { OssAddress } from "./oss-client.js";
import type { OssRequest } from "./oss-errors.js";
import { allPages, download, erase, etagOf, head, type Headers, page } from "./oss-requests.js";
import { chunksOf, createTransport, type Deadlines } from "./oss-transport.js";
import { createTries, type Signing } from "./oss-tries.js";
import { ifThere, ofEitherKey, readBody, stopReason } from "./reading.js";

export interface OssOptions extends OssAddress {
  credentials: CredentialProvider;
  /** Milliseconds, for one try; 10 s each. */
  deadlines?: Deadlines;
  /** The longest wait before the second try, milliseconds, unless OSS asks for more; it doubles before the third. */
  backoff?: number;
}

/**
 * Objects of OSS through ali-oss, which signs and understands errors; connections, deadlines and tries are ours.
 * Nothing that ali-oss throws is passed on: its errors may carry the request with its credentials.
 */
export function createOssStore(options: OssOptions): ObjectStore {
  const { deadlines = { headers: 10_000, idle: 10_000 }, backoff = 200 } = options;
  const transport = createTransport(deadlines);
  let closed = false;
  const tries = createTries(options.credentials, backoff, () => closed);
  const access = (signing: Signing) => ({ address: options, transport, ...signing });

  /** Each try asks for the whole object: what it gives is of one version, and so are its headers. */
  async function readOnce(ref: ObjectRef, read: VersionedReadOptions, signing: Signing): Promise<StoredObject> {
    const { response, headers } = await download(access(signing), ref, read.signal);
    try {
      const length = headers["content-length"];
      const wanted = (head: Uint8Array) => read.wanted(head, etagOf(headers).etag);
      const { md5, ...body } = await readBody(chunksOf(response, deadlines.idle, read.signal), ref, length ? Number(length) : undefined, { ...read, wanted });
      const sent = headers["content-md5"]; // of the whole object, absent after a multipart upload
      if (sent && md5 && Buffer.from(String(sent), "base64").toString("hex").toUpperCase() !== md5) {
        throw new StorageUnavailable(`${nameOf(ref)}: the bytes that arrived do not match their Content-MD5`);
      }
      return { ...body, size: length ? Number(length) : body.bytes.length, key: ref.key, ...described(headers) };
    } finally {
      response.destroy(); // does nothing where the body was read to its end
    }
  }

  /** Ends at once where the signal aborts, whatever is waited for. */
  function stoppable<T>({ ref, signal, work }: OssRequest, result: Promise<T>): Promise<T> {
    return unlessAborted(result, signal, () => stopReason(signal, ref, work));
  }

  return {
    read(ref, options) {
      const read = { ...options, wanted: askedOnce(options.wanted) };
      const request: OssRequest = { ref, signal: options.signal, permission: "oss:GetObject", work: "read" };
      const readKey = (key: string) => tries({ ...request, ref: { ...ref, key } }, (signing) => readOnce({ ...ref, key }, read, signing));
      return stoppable(request, ofEitherKey(ref, readKey));
    },
    stat(ref, signal) {
      const request: OssRequest = { ref, signal, permission: "oss:GetObject", work: "looked up" };
      const headOf = (key: string) => tries({ ...request, ref: { ...ref, key } }, (signing) => head(access(signing), { ...ref, key }, signal));
      return stoppable(request, ifThere(ref, headOf));
    },
    list(bucket, prefix, signal) {
      const request: OssRequest = { ref: { bucket, key: prefix }, signal, permission: "oss:ListObjects", work: "listed" };
      return allPages(request.ref, (token) => stoppable(request, tries(request, (signing) => page(access(signing), request.ref, token, signal))));
    },
    async remove(ref, signal) {
      checkKey(ref.key);
      const request: OssRequest = { ref, signal, permission: "oss:DeleteObject", work: "removed" };
      await stoppable(request, tries(request, (signing) => erase(access(signing), ref, signal)));
    },
    close() {
      closed = true;
      transport.close();
      return Promise.resolve();
    },
  };
}

interface VersionedReadOptions extends ReadOptions {
  wanted: (head: Uint8Array, etag?: string) => boolean;
}

/** A second try asks again only where the object became another one meanwhile. */
function askedOnce(wanted: ReadOptions["wanted"]): VersionedReadOptions["wanted"] {
  let asked: { answer: boolean; etag?: string } | undefined;
  return (head, etag) => {
    if (asked?.etag !== etag || !asked) asked = { answer: wanted(head), etag };
    return asked.answer;
  };
}

const META = "x-oss-meta-";

function described(headers: Headers): Pick<StoredObject, "etag" | "userMeta" | "lastModified"> {
  const metas = Object.entries(headers).filter(([name]) => name.startsWith(META));
  const lastModified = new Date(String(headers["last-modified"]));
  return {
    ...etagOf(headers),
    ...(!Number.isNaN(lastModified.getTime()) && { lastModified }),
    userMeta: Object.fromEntries(metas.map(([name, value]) => [name.slice(META.length), String(value)])),
  };
}
