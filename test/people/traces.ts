import { toStored } from "../../src/people/stored-descriptor.js";

/** IEEE 754 half precision; for normal numbers. */
function half(value: number): number {
  const [bits] = new Uint32Array(Float32Array.of(value).buffer);
  return ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff);
}

/** Pieces of the descriptor as they could stand in a file: as it was given and as it is stored, in numbers of 64, 32 and 16 bits, whole and from its middle. */
export function traces(numbers: readonly number[]): Buffer[] {
  const forms = [numbers, Array.from(toStored(numbers).numbers)];
  const parts = forms.flatMap((form) => [form.slice(0, 8), form.slice(60, 68), form.slice(-8)]);
  return parts.flatMap((part) => [Float64Array.from(part), Float32Array.from(part), Uint16Array.from(part, half)]).map(({ buffer }) => Buffer.from(buffer));
}
