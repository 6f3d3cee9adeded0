import { setTimeout as wait } from "node:timers/promises";
import type { createLocalJWKSet, JWTVerifyGetKey } from "jose";

export type KeySet = ReturnType<typeof createLocalJWKSet>;

interface CooldownOptions {
  /** The least time between the beginnings of two loads, milliseconds. */
  cooldown?: number;
  /** Keys older than this are loaded anew while they are still used, milliseconds. */
  renewAfter?: number;
  /** Keys older than this are not used, milliseconds. */
  keepFor?: number;
  /** Milliseconds, of no time of day: that may be put back; tests set it. */
  now?: () => number;
}

/**
 * Keys that are loaded once and kept. A key that is not among them may be new: then they are loaded again, but no sooner
 * than a while after the last time, and once for all who wait. So a flood of bad tokens costs the issuer one request in
 * that while, and no token of a new key is turned away: whether a key is unknown is said only of keys that were loaded
 * after the token came.
 * @param load what it throws is thrown at whoever needs the keys, for that while without asking again
 */
export function keysWithCooldown(load: () => Promise<KeySet>, { cooldown = 2_000, renewAfter = 10 * 60_000, keepFor = 60 * 60_000, now = () => performance.now() }: CooldownOptions = {}): JWTVerifyGetKey {
  let loads = 0;
  let held: { keys: KeySet; since: number; load: number } | undefined;
  let failed: { error: unknown; at: number } | undefined;
  let lastStart = -Infinity;
  let running: Promise<KeySet> | undefined;
  let next: Promise<KeySet> | undefined;

  function start(): Promise<KeySet> {
    const since = (lastStart = now());
    const number = ++loads;
    running = load()
      .then(
        (keys) => {
          held = { keys, since, load: number };
          failed = undefined;
          return keys;
        },
        (error: unknown) => {
          failed = { error, at: now() };
          throw error;
        },
      )
      .finally(() => (running = undefined));
    return running;
  }

  /** Keys of a load that begins from now on. */
  function later(): Promise<KeySet> {
    next ??= (async () => {
      await running?.catch(() => undefined);
      await wait(Math.max(0, lastStart + cooldown - now()));
      next = undefined;
      return start();
    })();
    return next;
  }

  async function current(): Promise<KeySet> {
    const age = held ? now() - held.since : Infinity;
    if (held && age < keepFor) {
      if (age > renewAfter && !running && now() - lastStart >= cooldown) start().catch(() => undefined); // these are still good
      return held.keys;
    }
    if (!running && failed && now() - failed.at < cooldown) throw failed.error;
    return running ?? start();
  }

  return async (header, token) => {
    const before = loads;
    const keys = await current();
    const loaded = held?.load ?? 0;
    try {
      return await keys(header, token);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ERR_JWKS_NO_MATCHING_KEY") throw error;
      if (loaded > before) throw error; // these were loaded after the token came
      if (failed && now() - failed.at < cooldown) throw failed.error; // it may be new, and nobody can tell
      return (await later())(header, token);
    }
  };
}
