import { setTimeout as sleep } from "node:timers/promises";
import { StorageUnavailable } from "../errors.js";
import { pauseAfter } from "../pauses.js";
import { holdCredentials } from "./credential-holder.js";
import type { CredentialProvider, Credentials } from "./credentials.js";
import { failureOf, type OssRequest } from "./oss-errors.js";
import { isCredentialFault, isPassing, isUnsent, OssFault, skewIn } from "./oss-fault.js";
import { stopReason } from "./reading.js";

const TRIES = 3;
/** Where OSS wants to be left alone for longer, milliseconds, whoever asked may come again: the event waits elsewhere. */
const PATIENCE = 5_000;

/** What a request is signed with. */
export interface Signing {
  credentials: Credentials;
  /** Milliseconds that OSS's clock is ahead of this one. */
  skew: number;
}

/** Makes a request until it is answered or no further try may help. @throws a Failure */
export type Tries = <T>(request: OssRequest, once: (signing: Signing) => Promise<T>) => Promise<T>;

/**
 * Makes requests up to three times, and once more each where new credentials or OSS's time may help. What was learnt of
 * OSS's clock holds for all later requests, unless it turns out that nothing can be signed with it.
 * @param backoff the longest wait before the second try, milliseconds, unless OSS asks for more; it doubles before the third
 */
export function createTries(provider: CredentialProvider, backoff: number, isClosed: () => boolean): Tries {
  const holder = holdCredentials(provider);
  let skew = 0;

  return async function tries<T>(request: OssRequest, once: (signing: Signing) => Promise<T>): Promise<T> {
    const { ref, signal, work } = request;
    let credentials = await holder.get();
    let renewed = false;
    let corrected = false;
    for (let count = 1; ; ) {
      try {
        if (isClosed()) throw new StorageUnavailable("The object store was closed");
        return await once({ credentials, skew });
      } catch (error) {
        if (signal.aborted) throw stopReason(signal, ref, work);
        const fresh: Credentials | undefined = !renewed && isCredentialFault(error) ? await holder.renewed(credentials) : undefined;
        const found: number | undefined = corrected ? undefined : skew !== 0 && isUnsent(error) ? 0 : skewIn(error);
        skew = found ?? skew;
        if ((fresh || found !== undefined) && request.again !== "none") {
          credentials = fresh ?? credentials;
          renewed ||= fresh !== undefined;
          corrected ||= found !== undefined;
          continue;
        }
        const failure = error instanceof OssFault ? failureOf(error, request, credentials) : error;
        const retryAfter = (error instanceof OssFault && error.details.retryAfter) || 0;
        if (isClosed() || count >= TRIES || request.again || !isPassing(error) || retryAfter > PATIENCE) throw failure;
        await sleep(pauseAfter(count, backoff, retryAfter), undefined, { signal });
        count++;
      }
    }
  };
}
