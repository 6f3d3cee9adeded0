import { randomUUID } from "node:crypto";
import { Failure } from "../errors.js";
import type { SmallObjects } from "../storage/object-store.js";
import type { LastTurn, Turns } from "./writer-lock.js";

/** The content of a turn's object that was given back. */
const FREE = "";

interface BucketTurn extends LastTurn {
  number: number;
}

/**
 * Turns as objects `turns/<name>.<number>`. One is taken by making the next object, which OSS lets only one do
 * (`x-oss-forbid-overwrite`), and given back by emptying it. The newest object is never removed: a number comes once only.
 * No table of the library's would do: where two processes make one at once, the later one empties it, turns and all.
 */
export function bucketTurns(bucket: SmallObjects, name: string): Turns<BucketTurn> {
  const prefix = `turns/${name}.`;
  const objects = asGallery(bucket);

  /** The newest one first. */
  async function all() {
    const found = (await objects.list(prefix)).map((object) => ({ ...object, number: Number(object.name.slice(prefix.length)) }));
    return found.filter(({ number }) => Number.isSafeInteger(number)).sort((a, b) => b.number - a.number);
  }

  return {
    async last() {
      const [newest] = await all();
      return newest ? { number: newest.number, over: newest.size === FREE.length, key: keyOf(newest) } : { number: 0, over: true, key: "" };
    },
    async take(seen) {
      const number = seen.number + 1;
      const mine = `${prefix}${number}`;
      const me = randomUUID();
      let signs = 0;
      // Where the answer is lost the next look shows our own turn, and its silence ends it.
      if (!(await objects.make(mine, me))) return undefined;
      const older = await olderThan(number).catch(async (error: unknown) => {
        await objects.write(mine, FREE).catch(() => undefined); // else everybody waits for its silence
        throw error;
      });
      if (!older) return undefined; // an old turn's object, made again after it was removed
      await Promise.all(older.map((object) => objects.remove(object.name).catch(() => undefined))); // or whoever is next does
      const before = older.find((object) => object.number === seen.number);
      // The last holder gave a sign since: our silence, until others take over, is long enough for it to learn that it lost its turn.
      if (before && !seen.over && before.size > FREE.length && keyOf(before) !== seen.key) return undefined;
      return {
        async sign() {
          await objects.write(mine, `${me} ${++signs}`);
          return (await olderThan(number)) !== undefined;
        },
        giveBack: () => objects.write(mine, FREE),
      };
    },
  };

  /** The other objects; undefined where this turn is not the newest, and its object, then, no more. */
  async function olderThan(turn: number) {
    const [newest, ...older] = await all();
    if (newest?.number === turn) return older;
    await objects.remove(`${prefix}${turn}`);
    return undefined;
  }
}

function keyOf({ number, etag }: { number: number; etag: string }): string {
  return `${number} ${etag}`;
}

/** Failures of the bucket's are told as the gallery's: the lock tells of them as of all that the gallery could not read or write. */
function asGallery(bucket: SmallObjects): SmallObjects {
  const told = (error: unknown): never => {
    throw error instanceof Failure ? new Error(error.message) : error;
  };
  return {
    list: (prefix) => bucket.list(prefix).catch(told),
    make: (name, text) => bucket.make(name, text).catch(told),
    write: (name, text) => bucket.write(name, text).catch(told),
    remove: (name) => bucket.remove(name).catch(told),
  };
}
