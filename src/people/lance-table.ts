import { type Data, Field, FixedSizeList, Float32, makeData, RecordBatch, Schema, Struct, Table, Utf8, vectorFromArray } from "apache-arrow";
import type { DescribedEnrolment, DescriptorModel, Enrolment } from "./gallery.js";
import { fromStored, toStored } from "./stored-descriptor.js";

/** The columns of an enrolment without its descriptor. */
export const ENROLMENT = ["photo", "name", "etag", "enrolledAt", "quality"];
/** The columns that a descriptor is made of. */
export const DESCRIPTOR = ["descriptor", "length"];

/** The library refuses a second row of the same key, also where two processes add it at once. */
export const KEY = new Map([["lance-schema:unenforced-primary-key", "true"]]);

/**
 * How `optimize` removes every file that the newest version has no use for, and what killed processes left: for the holder
 * of both locks. "Older than" is meant by the clocks of those who wrote: a day covers one that is ahead of ours.
 */
export function everyOldFile(): { cleanupOlderThan: Date; deleteUnverified: boolean } {
  return { cleanupOlderThan: new Date(Date.now() + 86_400_000), deleteUnverified: true };
}

/** One row a photo; the model stands in each of them, and in the table's own metadata for as long as there is no row. */
export function facesSchema({ name, sha256, length }: DescriptorModel): Schema {
  return new Schema(
    [
      new Field("photo", new Utf8(), false, KEY),
      new Field("name", new Utf8(), false),
      new Field("etag", new Utf8(), true),
      new Field("enrolledAt", new Utf8(), false),
      new Field("quality", new Float32(), true),
      new Field("model", new Utf8(), false),
      new Field("sha256", new Utf8(), false),
      new Field("length", new Float32(), false),
      new Field("descriptor", new FixedSizeList(length, new Field("item", new Float32(), true)), false),
    ],
    new Map([["model", JSON.stringify({ name, sha256, length })]]),
  );
}

/** Rows for the table, made column by column: the library's own way from objects holds the thread ten times as long. */
export function facesTable(enrolments: readonly DescribedEnrolment[], model: DescriptorModel): Table {
  const schema = facesSchema(model);
  const length = enrolments.length;
  const stored = enrolments.map(({ descriptor }) => toStored(descriptor));
  const numbers = new Float32Array(length * model.length);
  stored.forEach((one, i) => numbers.set(one.numbers, i * model.length));
  const text = (values: (string | null)[]) => vectorFromArray(values, new Utf8()).data[0];
  const number = (values: (number | null)[]) => vectorFromArray(values, new Float32()).data[0];
  const children = [
    text(enrolments.map(({ photo }) => photo)),
    text(enrolments.map(({ name }) => name)),
    text(enrolments.map(({ etag }) => etag ?? null)),
    text(enrolments.map(({ enrolledAt }) => enrolledAt)),
    number(enrolments.map(({ quality }) => quality ?? null)),
    text(enrolments.map(() => model.name)),
    text(enrolments.map(() => model.sha256)),
    number(stored.map((one) => one.length)),
    makeData({ type: schema.fields.at(-1)!.type as FixedSizeList<Float32>, length, nullCount: 0, child: makeData({ type: new Float32(), length: numbers.length, nullCount: 0, data: numbers }) }),
  ];
  return new Table(schema, [new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }))]);
}

/** The values of a column of text. */
export function texts(batch: RecordBatch, column: string): string[] {
  const values = batch.getChild(column)!;
  return Array.from({ length: batch.numRows }, (_, i) => values.get(i) as string);
}

/** The values of a column of text, in UTF-8: views of the batch, not copies. */
export function* encodedTexts(batch: RecordBatch, column: string): Generator<Uint8Array> {
  for (const { values, valueOffsets, length } of batch.getChild(column)!.data as Data<Utf8>[]) {
    for (let i = 0; i < length; i++) yield values.subarray(valueOffsets[i], valueOffsets[i + 1]);
  }
}

/** How many numbers each row's descriptor has. */
export function lengthOf(batch: RecordBatch): number {
  return (batch.getChild("descriptor")!.type as FixedSizeList).listSize;
}

/** Each row's numbers as they are stored: views of the batch, not copies. */
export function storedNumbers(batch: RecordBatch): Float32Array[] {
  const data = batch.getChild("descriptor")!.data[0];
  const { listSize } = data.type as FixedSizeList;
  const values = data.children[0].values as Float32Array;
  return Array.from({ length: batch.numRows }, (_, i) => values.subarray(i * listSize, (i + 1) * listSize));
}

/** As they were given. */
export function descriptors(batch: RecordBatch): Float32Array[] {
  const lengths = batch.getChild("length")!;
  return storedNumbers(batch).map((numbers, i) => fromStored({ numbers, length: lengths.get(i) as number }));
}

export function enrolments(batch: RecordBatch): Enrolment[] {
  const columns = ENROLMENT.map((column) => batch.getChild(column)!);
  return Array.from({ length: batch.numRows }, (_, i) => {
    const [photo, name, etag, enrolledAt, quality] = columns.map((column) => column.get(i) as unknown);
    return { photo, name, ...(etag !== null && { etag }), enrolledAt, ...(quality !== null && { quality: Number((quality as number).toFixed(4)) }) } as Enrolment; // it is stored in 32 bits
  });
}

export function describedEnrolments(batch: RecordBatch): DescribedEnrolment[] {
  const numbers = descriptors(batch);
  return enrolments(batch).map((enrolment, i) => ({ ...enrolment, descriptor: Array.from(numbers[i]) }));
}

/** A text in a filter: in SQL only the quote has a meaning, and it is doubled. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A filter for any of these values. */
export function anyOf(column: string, values: readonly string[]): string {
  return `${column} IN (${values.map(quoted).join(", ")})`;
}
