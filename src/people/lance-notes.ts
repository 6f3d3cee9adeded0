import { createHash } from "node:crypto";
import type { Table } from "@lancedb/lancedb";
import { Field, Schema, Utf8 } from "apache-arrow";
import type { Calls } from "./lance-calls.js";
import { anyOf, everyOldFile, KEY, quoted, texts } from "./lance-table.js";

/** Begins the keys of the notes of when people were forgotten. */
export const FORGOTTEN = "forgotten ";
/** Begins the keys of the notes of which photos were forgotten for which causes. */
const REMOVAL = "removal ";
/** So long a cause may come again, milliseconds: EventBridge tries for a day, Brokers for less. */
const REMOVALS_KEPT = 2 * 86_400_000;

/** Small values by key, as JSON. */
export const NOTES_SCHEMA = new Schema([new Field("key", new Utf8(), false, KEY), new Field("value", new Utf8(), false)]);

/** The gallery's second table: what processes share besides faces. Writing is for the holder of the write lock. */
export class Notes {
  /** @param commits calls that write */
  constructor(
    private readonly table: Table,
    private readonly calls: Calls,
    private readonly commits: Calls,
  ) {}

  async read(key: string): Promise<unknown> {
    return (await this.#where(`key = ${quoted(key)}`)).get(key);
  }

  /** By key; those that are not there are left out. */
  async readAll(keys: readonly string[]): Promise<Map<string, unknown>> {
    return keys.length === 0 ? new Map() : this.#where(anyOf("key", keys));
  }

  startingWith(prefix: string): Promise<Map<string, unknown>> {
    return this.#where(`starts_with(key, ${quoted(prefix)})`);
  }

  async #where(filter: string): Promise<Map<string, unknown>> {
    const query = () => this.table.query().where(filter).select(["key", "value"]).toArrow();
    const { batches } = await this.calls(query, () => this.table.checkoutLatest());
    const values = batches.flatMap((batch) => texts(batch, "value"));
    return new Map(batches.flatMap((batch) => texts(batch, "key")).map((key, i) => [key, JSON.parse(values[i])]));
  }

  async write(values: ReadonlyMap<string, unknown>): Promise<void> {
    if (values.size === 0) return;
    const rows = Array.from(values, ([key, value]) => ({ key, value: JSON.stringify(value) }));
    await this.commits(() => this.table.mergeInsert("key").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows), () => this.table.checkoutLatest());
  }

  async remove(key: string): Promise<void> {
    await this.commits(() => this.table.delete(`key = ${quoted(key)}`), () => this.table.checkoutLatest());
  }

  /** Takes out the notes of removals that nobody asks for any more. */
  async forgetRemovals(): Promise<void> {
    const old = JSON.stringify(new Date(Date.now() - REMOVALS_KEPT).toISOString());
    await this.commits(() => this.table.delete(`starts_with(key, ${quoted(REMOVAL)}) AND value < ${quoted(old)}`), () => this.table.checkoutLatest());
  }

  /** Earlier values, out of the files as well. For the holder of the write lock: no one else may be writing. */
  async tidy(): Promise<void> {
    const optimize = () => this.table.optimize(everyOldFile());
    await this.commits(optimize);
    await this.commits(optimize);
  }
}

/** What stands for a name that was forgotten: the name itself does not stay. */
export function forgottenKey(name: string): string {
  return FORGOTTEN + hashOf(name.normalize("NFC"));
}

/** What stands for a photo that was forgotten for a cause: its address may name the person. */
export function removalKey(photo: string, cause: string): string {
  return REMOVAL + hashOf(JSON.stringify([photo, cause]));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
