import type { CredentialProvider, Credentials } from "./credentials.js";

/** Holds the credentials of one store: asks the provider ahead of time and once, however many reads wait. */
export interface CredentialHolder {
  /** @throws what the provider throws, where there are none that are still good */
  get(): Promise<Credentials>;
  /**
   * Asks the provider again, after OSS turned `refused` down; undefined where it still has the same, or was asked for
   * this reason a short while ago: what OSS refuses again and again is not mended by new ones.
   */
  renewed(refused: Credentials): Promise<Credentials | undefined>;
}

/** With a quarter of their time left new ones are asked for: of a role's hour 15 minutes. */
const RENEW_AT = 3 / 4;
/** After asking ahead of time failed, milliseconds: whoever gives credentials may be throttling. */
const PAUSE = 5_000;
/**
 * After what came in place of refused credentials was refused, too, the pause grows by this factor. Each exchange gives
 * secrets that are good for an hour: so few in that time that all of them are remembered, and kept out of the log.
 */
const GROWTH = 4;

/** @param now milliseconds; not the time of day, for that may be wrong and be put right */
export function holdCredentials(provider: CredentialProvider, now: () => number = () => performance.now()): CredentialHolder {
  let held: { credentials: Credentials; renewAt: number; until: number } | undefined;
  let asking: Promise<Credentials> | undefined;
  let pausedUntil = -Infinity;
  let replaced = { until: -Infinity, pause: 0 };

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
      if (held && !same(held.credentials, refused)) return held.credentials; // another read renewed them meanwhile
      const time = now();
      if (time < replaced.until) return undefined;
      const pause = time < replaced.until + replaced.pause ? replaced.pause * GROWTH : PAUSE;
      const current = await ask();
      replaced = { until: time + pause, pause };
      return same(current, refused) ? undefined : current;
    },
  };
}

function same(a: Credentials, b: Credentials): boolean {
  return a.accessKeyId === b.accessKeyId && a.accessKeySecret === b.accessKeySecret && a.sessionToken === b.sessionToken;
}
