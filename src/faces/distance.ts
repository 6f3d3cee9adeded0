/** How many numbers of a descriptor face-api's network gives: all of them, or the first. */
const FIRST = 128;
/** Those of SFace behind them, where RECOGNITION is `fused`. */
const SECOND = 128;

/**
 * How far apart two descriptors are: photos of one person are nearer than those of two. Of 128 numbers the Euclidean
 * distance; of 256 that of the first 128, plus 1 - cosine of the others. The two scales differ: a threshold
 * for one does not fit the other.
 * @throws RangeError where the lengths differ or are neither 128 nor 256: such descriptors cannot be compared
 */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`descriptors of ${a.length} and ${b.length} numbers cannot be compared: they were made with different RECOGNITION`);
  if (a.length !== FIRST && a.length !== FIRST + SECOND) throw new RangeError(`a descriptor has ${FIRST} or ${FIRST + SECOND} numbers, not ${a.length}`);
  const first = Math.sqrt(squares(a, b, FIRST));
  return a.length === FIRST ? first : first + Math.max(0, 1 - cosine(a, b, FIRST)); // rounded, the cosine may pass 1
}

/** Of the numbers from `from` on; 0 where one of them has no length. */
function cosine(a: ArrayLike<number>, b: ArrayLike<number>, from: number): number {
  const lengths = Math.sqrt(product(a, a, from) * product(b, b, from));
  return lengths === 0 ? 0 : product(a, b, from) / lengths;
}

/** Plain loops: a search compares dozens of descriptors. */
function squares(a: ArrayLike<number>, b: ArrayLike<number>, to: number): number {
  let total = 0;
  for (let i = 0; i < to; i++) total += (a[i] - b[i]) ** 2;
  return total;
}

function product(a: ArrayLike<number>, b: ArrayLike<number>, from: number): number {
  let total = 0;
  for (let i = from; i < a.length; i++) total += a[i] * b[i];
  return total;
}
