import type { Table } from "@lancedb/lancedb";
import { distance } from "../faces/distance.js";
import type { Candidate } from "./candidate.js";
import { fewAtOnce } from "./few-at-once.js";
import type { Calls } from "./lance-calls.js";
import { LancePeople } from "./lance-people.js";
import type { KnownPerson } from "./lance-people.js";
import { storedNumbers, texts } from "./lance-table.js";
import { toStored } from "./stored-descriptor.js";

/** Faces that are searched at once: each search takes memory, and all processors. */
const FACES = 8;
/** How many of the nearest photos are compared by `distance`, at least; the library picks them by Euclidean distance. */
const COMPARED = 16;
/** From so many times as many that are the nearest by the index's estimate, which is coarser the fewer numbers there are: measured, for a recall of 0.99 among 100,000. */
const ESTIMATED = { single: 6, fused: 4 };
/** Numbers of a descriptor of one network. */
const SINGLE = 128;
/** Where those are photos of too few people, so many are looked at, by the index's estimate alone; and so many times as many if that is not enough. */
const WIDE = 1000;
const WIDER = 8;
/** Of so many times as many people as are wanted all photos are compared then: the estimate puts them in order roughly. */
const DOUBTED = 3;
/** Photos that are compared before others get a turn on the thread. */
const PHOTOS = 1000;

export interface SearchedTable {
  table: Table;
  calls: Calls;
  /** Parts of the index to look into; undefined where there is none. */
  probes: () => number | undefined;
}

/** The nearest people of faces: by the index, then exactly by `distance`. */
export class LanceSearch {
  readonly #people: LancePeople;
  /** The limit that was wide enough the last time; undefined where the first query was. */
  #wide: number | undefined;

  constructor(private readonly searched: SearchedTable) {
    this.#people = new LancePeople(searched);
  }

  /** The `people` nearest people of each face, nearest first. */
  async nearest(faces: readonly (readonly number[])[], people: number, except: readonly (string | undefined)[]): Promise<Candidate[][]> {
    return fewAtOnce(FACES, faces, async (face, i) => {
      const { singles } = this.#people;
      const { names, photos } = await this.#near(toStored(face).numbers, people, except[i]);
      await new Promise(setImmediate);
      const known = await this.#people.of(names, photos, singles);
      const numbers = Float32Array.from(face);
      const found = [];
      let compared = 0;
      for (const name of names) {
        const person = known.get(name); // undefined where forgotten in the meantime
        if (person === undefined) continue;
        found.push(await candidate(name, numbers, person));
        compared += person.photos.length;
        if (compared > PHOTOS) await new Promise(setImmediate);
        compared %= PHOTOS;
      }
      return found.sort((a, b) => a.distance - b.distance).slice(0, people);
    });
  }

  /** Who may be among the nearest; where it looked at descriptors, also the nearest photo of each. */
  async #near(face: Float32Array, people: number, except: string | undefined): Promise<{ names: string[]; photos: Map<string, Float32Array> }> {
    if (this.#wide === undefined) {
      const limit = Math.max(COMPARED, 4 * people);
      const batches = await this.#query(face, limit, true);
      const rows = batches.flatMap((batch) => {
        const names = texts(batch, "name");
        return storedNumbers(batch).map((numbers, i) => ({ name: names[i], numbers, distance: distance(face, numbers) }));
      });
      const photos = new Map<string, Float32Array>();
      rows.sort((a, b) => a.distance - b.distance);
      for (const { name, numbers } of rows) if (name !== except && !photos.has(name)) photos.set(name, numbers);
      if (photos.size >= people || rows.length < limit) return { names: [...photos.keys()].slice(0, people), photos };
    }
    const enough = DOUBTED * people;
    for (let limit = this.#wide ?? Math.max(WIDE, 4 * people); ; limit *= WIDER) {
      const found = (await this.#query(face, limit, false)).flatMap((batch) => texts(batch, "name")); // nearest first
      const names = new Set<string>();
      let looked = 0;
      for (; looked < found.length && names.size < enough; looked++) if (found[looked] !== except) names.add(found[looked]);
      if (names.size < enough && found.length >= limit) continue;
      this.#wide = looked > COMPARED + enough ? Math.max(WIDE, 2 * looked) : undefined; // the next face is most often one of the same kind of gallery
      return { names: [...names], photos: new Map() };
    }
  }

  /** Settles when nothing runs in the background. */
  idle(): Promise<void> {
    return this.#people.idle();
  }

  /** @param exactly the nearest photos with their descriptors; otherwise by the index's estimate, names only */
  #query(face: Float32Array, limit: number, exactly: boolean) {
    const { table, calls, probes } = this.searched;
    const query = async () => {
      const nearest = table.query().nearestTo(face).column("descriptor").distanceType("l2").select(exactly ? ["name", "descriptor", "_distance"] : ["name", "_distance"]).limit(limit);
      const parts = probes();
      if (parts !== undefined) nearest.nprobes(parts);
      if (parts !== undefined && exactly) nearest.refineFactor(face.length > SINGLE ? ESTIMATED.fused : ESTIMATED.single);
      return (await nearest.toArrow()).batches;
    };
    return calls(query, () => table.checkoutLatest());
  }
}

async function candidate(name: string, face: Float32Array, { photos, mean }: KnownPerson): Promise<Candidate> {
  let nearest = Infinity;
  for (let i = 0; i < photos.length; i++) {
    nearest = Math.min(nearest, distance(face, photos[i]));
    if (i % PHOTOS === PHOTOS - 1) await new Promise(setImmediate);
  }
  return { name, distance: nearest, meanDistance: photos.length === 1 ? nearest : distance(face, mean), photos: photos.length };
}
