import type { Table } from "@lancedb/lancedb";
import type { Calls } from "./lance-calls.js";
import { anyOf, DESCRIPTOR, descriptors, encodedTexts, lengthOf, texts } from "./lance-table.js";
import { SingleNames } from "./single-names.js";

/** What is known of a person for a comparison. */
export interface KnownPerson {
  /** Descriptors as they were given; at least one. */
  photos: Float32Array[];
  mean: ArrayLike<number>;
}

/** Numbers that are remembered of people, at most: 64 MB. */
const NUMBERS = 16_000_000;
/** How many names go into one query. */
const NAMES = 200;
/** Numbers that are read into objects before others get a turn on the thread. */
const AT_ONCE = 500_000;
/** After so many searches of the same table it pays to find out who has a single photo: that reads all names. */
const PAYS = 8;

/** Who had a single photo in a version of the table. */
interface Singles {
  version: number;
  names: SingleNames;
}

/** All photos of people, and their means, remembered for as long as the table stays the same. */
export class LancePeople {
  #version = -1;
  #numbers = 0;
  /** Those that were asked for last are at the end. */
  readonly #known = new Map<string, KnownPerson>();
  /** How often this version was asked for. */
  #asked = 0;
  #singles: Singles | undefined;
  #counting: Promise<void> | undefined;

  constructor(private readonly searched: { table: Table; calls: Calls }) {}

  /** To be asked for before a search whose rows are given to `of`. */
  get singles(): Singles | undefined {
    return this.#singles;
  }

  /**
   * By name; who is not enrolled is left out. To be asked after a search: that sees to it that the table is the newest.
   * @param found a photo of each that the search came upon, as it is stored: all there is of those who have a single one
   * @param singles as they were before the search: then it saw their version, if that is still the newest
   */
  async of(names: readonly string[], found: ReadonlyMap<string, Float32Array>, singles: Singles | undefined): Promise<Map<string, KnownPerson>> {
    const version = await this.searched.table.version();
    if (version !== this.#version) this.#forget(version);
    if (++this.#asked >= PAYS && this.#singles === undefined && !this.#counting) {
      this.#asked = 0; // where it fails, so many later again
      this.#counting = this.#count(version).finally(() => (this.#counting = undefined));
    }
    const people = new Map<string, KnownPerson>();
    for (const name of names) {
      const photo = singles?.version === version && singles.names.has(name) ? found.get(name) : undefined;
      if (photo) {
        people.set(name, { photos: [photo], mean: photo });
        continue;
      }
      const known = this.#known.get(name);
      if (known === undefined) continue;
      people.set(name, known);
      this.#known.delete(name);
      this.#known.set(name, known);
    }
    const others = names.filter((name) => !people.has(name));
    for (let i = 0; i < others.length; i += NAMES) {
      for (const [name, photos] of await this.#read(others.slice(i, i + NAMES))) {
        const known = { photos, mean: await meanOf(photos) };
        people.set(name, known);
        if (version === this.#version) this.#remember(name, known);
      }
    }
    return people;
  }

  /** Settles when nothing runs in the background. */
  async idle(): Promise<void> {
    await this.#counting;
  }

  /** Reads all names, of which a version that is not the newest any more tells nothing. */
  async #count(version: number): Promise<void> {
    const { table } = this.searched;
    try {
      const names = new SingleNames(await table.countRows());
      for await (const batch of table.query().select(["name"])) {
        for (const name of encodedTexts(batch, "name")) names.add(name);
        await new Promise(setImmediate);
      }
      if ((await table.version()) === version) this.#singles = { version, names };
    } catch {
      // All photos are read, then; another version tries again.
    }
  }

  #read(names: readonly string[]): Promise<Map<string, Float32Array[]>> {
    const { table, calls } = this.searched;
    const read = async () => {
      const photos = new Map<string, Float32Array[]>();
      for await (const batch of table.query().where(anyOf("name", names)).select(["name", ...DESCRIPTOR])) {
        const rows = Math.ceil(AT_ONCE / lengthOf(batch));
        for (let from = 0; from < batch.numRows; from += rows) {
          const piece = batch.slice(from, from + rows);
          const numbers = descriptors(piece);
          texts(piece, "name").forEach((name, i) => {
            const before = photos.get(name);
            if (before) before.push(numbers[i]);
            else photos.set(name, [numbers[i]]);
          });
          await new Promise(setImmediate);
        }
      }
      return photos;
    };
    return calls(read, () => table.checkoutLatest());
  }

  #remember(name: string, known: KnownPerson): void {
    if (this.#known.has(name)) return;
    this.#known.set(name, known);
    this.#numbers += sizeOf(known);
    for (const [oldest, person] of this.#known) {
      if (this.#numbers <= NUMBERS) return;
      this.#known.delete(oldest);
      this.#numbers -= sizeOf(person);
    }
  }

  #forget(version: number): void {
    this.#version = version;
    this.#asked = 0;
    this.#singles = undefined;
    this.#known.clear();
    this.#numbers = 0;
  }
}

function sizeOf({ photos }: KnownPerson): number {
  return photos.length * photos[0].length;
}

async function meanOf(photos: readonly Float32Array[]): Promise<Float64Array> {
  const mean = new Float64Array(photos[0].length);
  for (let i = 0; i < photos.length; i++) {
    for (let k = 0; k < mean.length; k++) mean[k] += photos[i][k];
    if (((i + 1) * mean.length) % AT_ONCE < mean.length) await new Promise(setImmediate);
  }
  return mean.map((sum) => sum / photos.length);
}
