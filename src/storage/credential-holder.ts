import type { CredentialProvider, Credentials } from "./credentials.js";

/** Holds the credentials of one store: asks the provider ahead of time and once, however many reads wait. */
export interface CredentialHolder {
  /** @throws what the provider throws, where there are none that are still good */
  get(): Promise<Credentials>;
  /** Asks the provider again, after OSS turned `refused` down; undefined where it still has the same. */
  renewed(refused: Credentials): Promise<Credentials | undefined>;
}

/** With a quarter of their time left new ones are asked for: of a role's hour 15 minutes. */
const RENEW_AT = 3 / 4;
/** After asking ahead of time failed, milliseconds: whoever gives credentials may be throttling. */
const PAUSE = 5_000;

/** @param now milliseconds; not the time of day, for that may be wrong and be put right */
export function holdCredentials(provider: CredentialProvider, now: () => number = () => performance.now()): CredentialHolder {
  let held: { credentials: Credentials; renewAt: number; until: number } | undefined;
  let asking: Promise<Credentials> | undefined;
  let pausedUntil = -Infinity;

  function ask(): Promise<Credentials> {
    const since = now();
    asking ??= provider()
      .then(({ lifetime = Infinity, ...credentials }) => {
        held = { credentials, renewAt: since + lifetime * RENEW_AT, until: since + lifetime };
        return credentials;
      })
      .finally(() => (asking = undefined));
    return asking;
  }

  return {
    async get() {
      const time = now();
      if (!held || time >= held.until) return ask();
      if (time >= held.renewAt && time >= pausedUntil) ask().catch(() => (pausedUntil = now() + PAUSE)); // these are still good
      return held.credentials;
    },
    async renewed(refused) {
      // Another read may have renewed them meanwhile.
      const current = held && !same(held.credentials, refused) ? held.credentials : await ask();
      return same(current, refused) ? undefined : current;
    },
  };
}

function same(a: Credentials, b: Credentials): boolean {
  return a.accessKeyId === b.accessKeyId && a.accessKeySecret === b.accessKeySecret && a.sessionToken === b.sessionToken;
}
