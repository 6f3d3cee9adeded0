import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Failure, StorageUnavailable } from "../errors.js";
import type { Credentials } from "./credentials.js";
import type { OssAddress } from "./oss-client.js";
import { redacted, type OssRequest } from "./oss-errors.js";
import { checkKeys, NotPassing, type Passing, type Territory } from "./oss-relay-border.js";
import { passOn } from "./oss-requests.js";
import type { Reply, Transport } from "./oss-transport.js";
import type { Signing, Tries } from "./oss-tries.js";

/** What OSS answered. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Open where it went well. */
  body: IncomingMessage | Uint8Array;
  /** What an error means. */
  failure?: Failure;
}

/** Bodies of up to so many bytes are held, so that they can be sent again; larger ones stream. All that makes a version known to others is smaller. */
const HELD = 1024 * 1024;

/** Sends requests on to OSS, more than once where that may help. */
export function createSender(territory: Territory, shared: Transport, address: OssAddress, tries: Tries) {
  /**
   * @param incoming where the body comes from
   * @throws Failure where OSS gave no answer, NotPassing where the body names what is not the gallery's
   */
  return async function send(passing: Passing, incoming: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const { method, key, permission, namesKeys } = passing;
    const body = await bodyOf(incoming);
    if (namesKeys) checkKeys(body instanceof Uint8Array ? body : tooLong(), territory);
    const again = body !== undefined && !(body instanceof Uint8Array) ? "none" : passing.headers["x-oss-forbid-overwrite"] || method === "POST" ? "refused" : undefined;
    const ref = { bucket: territory.bucket, key };
    const request: OssRequest = { ref: { ...ref, key: key || territory.prefix }, signal, permission, work: method === "GET" || method === "HEAD" ? "read" : "written", again };
    let reply: Reply | undefined;
    let used: Credentials | undefined;
    const once = (signing: Signing) => {
      reply = undefined;
      used = signing.credentials;
      const transport: Transport = { ...shared, request: async (url, asked) => (reply = await shared.request(url, asked)) };
      return passOn({ address, transport, ...signing }, ref, passing, { signal, body });
    };
    try {
      const response = await tries(request, once);
      return { status: response.statusCode ?? 0, headers: response.headers, body: response };
    } catch (failure) {
      if (!reply?.data && !reply?.status) throw failure;
      return errorAnswer(reply, failure, used!);
    }
  };
}

/** The body where it is small, itself where it is not; undefined where there is none. */
async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array | IncomingMessage | undefined> {
  const { "content-length": length, "transfer-encoding": encoding } = incoming.headers;
  if (encoding === undefined && !Number(length)) return undefined;
  if (encoding !== undefined || Number(length) > HELD) return incoming;
  const pieces: Uint8Array[] = [];
  for await (const piece of incoming) pieces.push(piece as Uint8Array);
  return Buffer.concat(pieces);
}

function tooLong(): never {
  throw new NotPassing("a batch that is too long to look at");
}

/** An error as OSS told it, but without keys: the library puts what it reads into messages. */
function errorAnswer({ status, headers, data = Buffer.alloc(0) }: Reply, failure: unknown, used: Credentials): Answer {
  const { "x-oss-err": _inHead, "content-md5": _digest, ...kept } = headers;
  const body = Buffer.from(redacted(data.toString(), used));
  return { status, headers: { ...kept, ...(headers["content-length"] !== undefined && { "content-length": String(body.length) }) }, body, failure: failure instanceof Failure ? failure : new StorageUnavailable(String(failure)) };
}
