import type { Table } from "@lancedb/lancedb";
import type { RecordBatch } from "apache-arrow";
import type { DescribedEnrolment, DescriptorModel, Enrolled } from "./gallery.js";
import { anyOf, ENROLMENT, enrolments, facesTable, storedNumbers } from "./lance-table.js";
import type { LanceParts } from "./lance.js";
import { toStored } from "./stored-descriptor.js";

/** How many numbers are written at once: making them ready holds the thread for some milliseconds. */
const NUMBERS = 100_000;

/** How many enrolments are written at once. */
export function atOnce({ length }: DescriptorModel): number {
  return Math.min(1000, Math.ceil(NUMBERS / length));
}

interface Before {
  name: string;
  etag?: string;
  numbers: Float32Array;
}

/**
 * Writes enrolments as one step, all or none. For the holder of the write lock.
 * @param owe called before something is written over that is to be taken out of all files: another descriptor or name
 */
export async function enrolTogether(table: Table, batch: readonly DescribedEnrolment[], { calls, commits }: LanceParts, model: DescriptorModel, owe: () => Promise<void>): Promise<Enrolled[]> {
  if (batch.length === 0) return [];
  const again = () => table.checkoutLatest();
  const query = () => table.query().where(anyOf("photo", batch.map(({ photo }) => photo))).select([...ENROLMENT, "descriptor"]).toArrow();
  const before = new Map((await calls(query, again)).batches.flatMap(rowsBefore));
  const known = new Map<string, { name: string; etag?: string }>(before);
  const rows = new Map<string, DescribedEnrolment>(); // the last one of a photo counts
  const enrolled = batch.map((enrolment): Enrolled => {
    const last = known.get(enrolment.photo);
    if (last?.name === enrolment.name && last.etag !== undefined && last.etag === enrolment.etag) return "unchanged";
    known.set(enrolment.photo, enrolment);
    rows.set(enrolment.photo, enrolment);
    return last ? "replaced" : "enrolled";
  });
  if (rows.size > 0) {
    const data = facesTable([...rows.values()], model);
    if ([...rows.values()].some((row) => leavesTraces(before.get(row.photo), row))) await owe();
    await commits(() => table.mergeInsert("photo").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(data), again);
  }
  return enrolled;
}

function rowsBefore(batch: RecordBatch): [string, Before][] {
  const numbers = storedNumbers(batch);
  return enrolments(batch).map(({ photo, name, etag }, i) => [photo, { name, etag, numbers: numbers[i] }]);
}

function leavesTraces(before: Before | undefined, { name, descriptor }: DescribedEnrolment): boolean {
  if (before === undefined) return false;
  const { numbers } = toStored(descriptor);
  return before.name !== name || before.numbers.some((value, k) => value !== numbers[k]);
}
