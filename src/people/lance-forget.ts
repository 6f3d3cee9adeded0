import type { Table } from "@lancedb/lancedb";
import { fewAtOnce } from "./few-at-once.js";
import type { Enrolment } from "./gallery.js";
import { anyOf, ENROLMENT, enrolments } from "./lance-table.js";
import type { LanceUpkeep } from "./lance-upkeep.js";
import type { LanceParts } from "./lance.js";

/** How many removals ask at once whether they are still wanted. */
const ASKING = 16;

/** What is to be forgotten: one photo, or all of a person. */
export interface Removal {
  column: "photo" | "name";
  value: string;
  /** Asked under the write lock; nothing is forgotten where it says true. */
  unless?: () => Promise<boolean>;
  /** The key of the note that it was done. */
  mark?: string;
}

/**
 * Takes rows out of the table and out of its files. Deleting alone only marks them, and the library puts pieces together
 * as it sees fit: so every row that stays is written anew, the index is made anew, and all other files are removed, once
 * for all of them. For the holder of both locks: while nobody else writes, what no version knows was left by a process
 * that was killed.
 * @returns what each one forgot (where two of them are of the same photo, both), or why nobody could say whether it is still wanted
 */
export async function forgetTogether(table: Table, batch: readonly Removal[], parts: LanceParts, upkeep: LanceUpkeep): Promise<PromiseSettledResult<Enrolment[]>[]> {
  const asked = await fewAtOnce(ASKING, batch, async ({ unless }) => (await Promise.allSettled([unless?.() ?? false]))[0]);
  const wanted = batch.filter((_, i) => asked[i].status === "fulfilled" && !asked[i].value);
  const forgotten = wanted.length > 0 ? await forgetAll(table, wanted, parts, upkeep) : [];
  return batch.map((removal, i) => {
    const answer = asked[i];
    if (answer.status === "rejected") return answer;
    return { status: "fulfilled", value: answer.value ? [] : forgotten.filter((one) => isOf(one, removal)) };
  });
}

function isOf(one: Enrolment, { column, value }: Removal): boolean {
  return one[column] === value;
}

async function forgetAll(table: Table, wanted: readonly Removal[], { calls, commits }: LanceParts, upkeep: LanceUpkeep): Promise<Enrolment[]> {
  const again = () => table.checkoutLatest();
  const columns = (["photo", "name"] as const).map((column) => ({ column, values: wanted.filter((one) => one.column === column).map(({ value }) => value) }));
  const filter = columns.filter(({ values }) => values.length > 0).map(({ column, values }) => anyOf(column, values)).join(" OR ");
  const { batches } = await calls(() => table.query().where(filter).select(ENROLMENT).toArrow(), again);
  const forgotten = batches.flatMap(enrolments);
  if (forgotten.length > 0) {
    const marks = wanted.filter((removal) => removal.mark !== undefined && forgotten.some((one) => isOf(one, removal))).map(({ mark }) => mark!);
    await upkeep.owe(marks);
    await commits(() => table.delete(filter), again);
  }
  await upkeep.settle(true);
  return forgotten;
}
