/** How many numbers of a descriptor the first network gives; the others are the second network's: `faces/distance.ts`. */
const FIRST = 128;
/**
 * The length that the second network's numbers are stored with. Then the plain Euclidean distance between two stored
 * descriptors puts people in nearly the order of `distance`: with d the distance of the first numbers and c the cosine
 * of the others, d + 1 - c is about (d² + 1.2 (1 - c)) / 1.2 + a constant where d is near 0.6.
 */
const SECOND_LENGTH = 0.775;

export interface StoredDescriptor {
  /** What the index is built over. */
  numbers: Float32Array;
  /** That of the second network's numbers before they were brought to `SECOND_LENGTH`; 1 where there are none. */
  length: number;
}

/** As it stands in the table: the first numbers as they are, the others in one length. `distance` between two stored ones is that between the descriptors. */
export function toStored(descriptor: ArrayLike<number>): StoredDescriptor {
  const numbers = Float32Array.from(descriptor);
  if (numbers.length <= FIRST) return { numbers, length: 1 };
  const length = Math.sqrt(numbers.subarray(FIRST).reduce((sum, value) => sum + value * value, 0));
  if (length > 0) scale(numbers, SECOND_LENGTH / length);
  return { numbers, length };
}

/** The descriptor, to the precision of 32-bit numbers. */
export function fromStored({ numbers, length }: StoredDescriptor): Float32Array {
  const descriptor = Float32Array.from(numbers);
  if (numbers.length > FIRST && length > 0) scale(descriptor, length / SECOND_LENGTH);
  return descriptor;
}

function scale(numbers: Float32Array, factor: number): void {
  for (let i = FIRST; i < numbers.length; i++) numbers[i] *= factor;
}
