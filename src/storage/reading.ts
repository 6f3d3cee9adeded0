import { createHash } from "node:crypto";
import { DeadlinePassed, Failure, ObjectNotFound, ObjectTooLarge, StorageUnavailable } from "../errors.js";
import { nameOf, type ObjectRef, type ReadOptions } from "./object-store.js";
import { checkKey, decodedKey } from "./names.js";

const HEAD_BYTES = 64;

/** What the body of an object turned out to be. */
export interface Body {
  bytes: Uint8Array<ArrayBuffer>;
  /** False where `wanted` turned it down: `bytes` are its first ones only. */
  complete: boolean;
  /** Upper-case hex of all bytes; absent where not complete. */
  md5?: string;
}

/**
 * Reads a body: asks `wanted` with its first bytes and stops there if it says no; leaving the loop ends the stream.
 * Memory for the rest is taken when there is `room` for it.
 * @param size bytes announced, where known
 * @throws ObjectTooLarge before or while reading; StorageUnavailable where there are more or fewer bytes than announced
 */
export async function readBody(
  chunks: AsyncIterable<Uint8Array>,
  ref: ObjectRef,
  size: number | undefined,
  { maxBytes, wanted, room }: Pick<ReadOptions, "maxBytes" | "wanted" | "room">,
): Promise<Body> {
  if (size !== undefined && size > maxBytes) throw new ObjectTooLarge(`${nameOf(ref)} has ${size} bytes; the limit is ${maxBytes} bytes`);
  let bytes = new Uint8Array(HEAD_BYTES);
  let length = 0;
  let asked = false;
  const md5 = createHash("md5");
  for await (const chunk of chunks) {
    const end = length + chunk.length;
    if (size !== undefined && end > size) throw differs(ref, size, "more than the");
    if (end > maxBytes) throw new ObjectTooLarge(`${nameOf(ref)} has at least ${end} bytes; the limit is ${maxBytes} bytes`);
    if (end > bytes.length) bytes = grown(bytes, Math.min(maxBytes, Math.max(end, 2 * bytes.length)));
    bytes.set(chunk, length);
    md5.update(chunk);
    length = end;
    if (!asked && (length >= HEAD_BYTES || length === size)) {
      asked = true;
      if (!wanted(bytes.subarray(0, length))) return { bytes: bytes.slice(0, length), complete: false };
      await room?.(size ?? maxBytes);
      if (size !== undefined && size > bytes.length) bytes = grown(bytes, size);
    }
  }
  if (size !== undefined && length < size) throw differs(ref, size, `only ${length} of the`);
  const whole = length === bytes.length ? bytes : bytes.slice(0, length);
  if (!asked && !wanted(whole)) return { bytes: whole, complete: false };
  return { bytes: whole, complete: true, md5: md5.digest("hex").toUpperCase() };
}

function differs(ref: ObjectRef, size: number, got: string): StorageUnavailable {
  return new StorageUnavailable(`${nameOf(ref)}: ${got} ${size} announced bytes arrived`);
}

function grown(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

/**
 * Looks at the object of this key; where it does not exist, tries the percent-decoded key once: whether OSS encodes keys
 * in its notifications is documented nowhere.
 */
export async function ofEitherKey<T>(ref: ObjectRef, look: (key: string) => Promise<T>): Promise<T> {
  checkKey(ref.key);
  try {
    return await look(ref.key);
  } catch (error) {
    const decoded = error instanceof ObjectNotFound ? decodedKey(ref.key) : undefined;
    if (decoded === undefined) throw error;
    return await look(decoded).catch((again: unknown) => {
      throw again instanceof ObjectNotFound ? error : again;
    });
  }
}

/** What `look` finds, by either key; undefined where there is no such object. */
export async function ifThere<T>(ref: ObjectRef, look: (key: string) => Promise<T>): Promise<T | undefined> {
  return ofEitherKey(ref, look).catch((error: unknown) => {
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  });
}

/** Why the work was stopped, as a Failure. */
export function stopReason(signal: AbortSignal, ref: ObjectRef, work = "read"): Failure {
  return signal.reason instanceof Failure ? signal.reason : new DeadlinePassed(`${nameOf(ref)} was not ${work} in time`);
}
