import type { Table } from "@lancedb/lancedb";
import type { RecordBatch } from "apache-arrow";
import type { DescribedEnrolment, Enrolment, Person } from "./gallery.js";
import type { Calls } from "./lance-calls.js";
import { anyOf, describedEnrolments, DESCRIPTOR, ENROLMENT, enrolments, quoted, texts } from "./lance-table.js";

/** Rows that are made into objects before others get a turn on the thread. */
const ROWS = 2000;

/** What can be read out of the table of faces besides searching. */
export class LanceReader {
  #counted: { version: number; people: number; photos: number } | undefined;

  constructor(private readonly table: Table, private readonly calls: Calls) {}

  async find(photo: string): Promise<Enrolment | undefined> {
    const [found] = await this.#enrolments(`photo = ${quoted(photo)}`);
    return found;
  }

  async photosOf(name: string): Promise<DescribedEnrolment[]> {
    const found = await this.#read([...ENROLMENT, ...DESCRIPTOR], () => [] as DescribedEnrolment[], (seen, batch) => void seen.push(...describedEnrolments(batch)), `name = ${quoted(name)}`);
    return found.sort((a, b) => compare(a.enrolledAt, b.enrolledAt) || compare(a.photo, b.photo));
  }

  async history(name?: string): Promise<Enrolment[]> {
    const found = await this.#enrolments(name === undefined ? undefined : `name = ${quoted(name)}`);
    return found.sort((a, b) => compare(a.enrolledAt, b.enrolledAt) || compare(a.photo, b.photo));
  }

  async people(): Promise<Person[]> {
    const add = (people: Map<string, Person>, batch: RecordBatch) => {
      const dates = texts(batch, "enrolledAt");
      texts(batch, "name").forEach((name, i) => {
        const before = people.get(name) ?? { name, photos: 0, since: dates[i], last: dates[i] };
        const [since, last] = [compare(dates[i], before.since) < 0 ? dates[i] : before.since, compare(dates[i], before.last) > 0 ? dates[i] : before.last];
        people.set(name, { name, photos: before.photos + 1, since, last });
      });
    };
    const people = await this.#read(["name", "enrolledAt"], () => new Map<string, Person>(), add);
    return [...people.values()].sort((a, b) => compare(a.name, b.name));
  }

  /** Counting people reads all names: it is done once for each version of the table. */
  async count(): Promise<{ people: number; photos: number }> {
    const version = await this.calls(() => this.table.version(), () => this.table.checkoutLatest());
    if (this.#counted?.version !== version) {
      const start = () => ({ names: new Set<string>(), photos: 0 });
      const { names, photos } = await this.#read(["name"], start, (seen, batch) => {
        for (const name of texts(batch, "name")) seen.names.add(name);
        seen.photos += batch.numRows;
      });
      this.#counted = { version, people: names.size, photos };
    }
    const { people, photos } = this.#counted;
    return { people, photos };
  }

  photoCount(): Promise<number> {
    return this.calls(() => this.table.countRows(), () => this.table.checkoutLatest());
  }

  async sample(most: number): Promise<DescribedEnrolment[]> {
    const take = async () => {
      const rows = await this.table.countRows();
      const taken = Math.min(most, rows);
      const offsets = Array.from({ length: taken }, (_, i) => Math.floor((i * rows) / taken));
      return taken === 0 ? [] : (await this.table.takeOffsets(offsets).select([...ENROLMENT, ...DESCRIPTOR]).toArrow()).batches;
    };
    return (await this.calls(take, () => this.table.checkoutLatest())).flatMap(describedEnrolments);
  }

  /** By their addresses as they are at the beginning: what others clean away or write meanwhile does not disturb it. */
  async *all(atOnce: number): AsyncIterable<DescribedEnrolment[]> {
    const photos = await this.#read(["photo"], () => [] as string[], (seen, batch) => void seen.push(...texts(batch, "photo")));
    for (let i = 0; i < photos.length; i += atOnce) {
      const filter = anyOf("photo", photos.slice(i, i + atOnce));
      yield await this.#read([...ENROLMENT, ...DESCRIPTOR], () => [] as DescribedEnrolment[], (seen, batch) => void seen.push(...describedEnrolments(batch)), filter);
    }
  }

  #enrolments(filter?: string): Promise<Enrolment[]> {
    return this.#read(ENROLMENT, () => [] as Enrolment[], (seen, batch) => void seen.push(...enrolments(batch)), filter);
  }

  /** Reads rows piece by piece into a result that is started anew where the reading is. */
  #read<Result>(columns: string[], start: () => Result, add: (result: Result, batch: RecordBatch) => void, filter?: string): Promise<Result> {
    const read = async () => {
      const result = start();
      const query = this.table.query().select(columns);
      for await (const batch of filter === undefined ? query : query.where(filter)) {
        for (let from = 0; from < batch.numRows; from += ROWS) {
          add(result, batch.slice(from, from + ROWS));
          await new Promise(setImmediate);
        }
      }
      return result;
    };
    return this.calls(read, () => this.table.checkoutLatest());
  }
}

/** By the numbers of their characters: the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
