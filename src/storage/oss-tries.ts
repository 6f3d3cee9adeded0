import { setTimeout as sleep } from "node:timers/promises";
import { StorageUnavailable } from "../errors.js";
import { type CredentialProvider, type Credentials, holdCredentials } from "./credentials.js";
import { failureOf, isCredentialFault, isPassing, OssFault, type OssRequest } from "./oss-errors.js";
import { stopReason } from "./reading.js";

const TRIES = 3;

/**
 * Makes requests up to three times, and once more where new credentials may help.
 * @param backoff mean wait before the second try, milliseconds; it doubles before the third
 */
export function createTries(provider: CredentialProvider, backoff: number, isClosed: () => boolean) {
  const holder = holdCredentials(provider);

  return async function tries<T>(request: OssRequest, once: (credentials: Credentials) => Promise<T>): Promise<T> {
    const { ref, signal, work } = request;
    let credentials = await holder.get();
    let renewed = false;
    for (let count = 1; ; count++) {
      try {
        if (isClosed()) throw new StorageUnavailable("The object store was closed");
        return await once(credentials);
      } catch (error) {
        if (signal.aborted) throw stopReason(signal, ref, work);
        const fresh = !renewed && isCredentialFault(error) ? await holder.renewed(credentials) : undefined;
        if (fresh && request.again !== "none") {
          credentials = fresh;
          renewed = true;
          continue;
        }
        const failure = error instanceof OssFault ? failureOf(error, request, credentials) : error;
        if (isClosed() || count >= TRIES || request.again || !isPassing(error)) throw failure;
        await sleep(backoff * 2 ** (count - 1) * (0.5 + Math.random()), undefined, { signal });
      }
    }
  };
}
