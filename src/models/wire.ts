/**
 * As much of protobuf's wire format (https://protobuf.dev/programming-guides/encoding/) as it takes to change a few
 * fields of an ONNX file. The library onnx-proto, which reads all of it, weighs 23 MB: the published package does
 * without, and there too an optional model has to be prepared.
 */

/** One field of a message: its number and its bytes, tag included; `content` where it is a message or a text. */
export interface Field {
  number: number;
  whole: Uint8Array;
  content?: Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** @throws Error where the bytes are no message */
export function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < message.length; ) {
    const tag = readVarint(message, at);
    const first = readVarint(message, tag.end); // the value of a varint, else the length of what follows
    const sizes: Record<number, number | undefined> = { [VARINT]: first.end, [FIXED64]: tag.end + 8, [LENGTH]: first.end + first.value, [FIXED32]: tag.end + 4 };
    const kind = tag.value % 8;
    const end = sizes[kind];
    if (end === undefined || end > message.length) throw new Error("no protobuf message");
    fields.push({
      number: Math.floor(tag.value / 8),
      whole: message.subarray(at, end),
      content: kind === LENGTH ? message.subarray(first.end, end) : undefined,
    });
    at = end;
  }
  return fields;
}

/** A field that holds a message or a text, as bytes. */
export function lengthField(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + LENGTH), varint(bytes.length), bytes]);
}

/** A field that holds a whole number from 0 on, as bytes. */
export function numberField(number: number, value: number): Uint8Array {
  return Buffer.concat([varint(number * 8 + VARINT), varint(value)]);
}

/** Sizes in these files fit a double; numbers beyond it are only passed over. */
function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start, factor = 1; at < bytes.length; at++, factor *= 128) {
    value += (bytes[at] % 128) * factor;
    if (bytes[at] < 128) return { value, end: at + 1 };
  }
  return { value, end: bytes.length };
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Uint8Array.of(...bytes, value);
}
