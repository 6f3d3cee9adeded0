/** The numbers scaled to Euclidean length 1; zeros stay zeros. */
export function unit(numbers: readonly number[] | Float32Array): number[] {
  const length = Math.hypot(...numbers) || 1;
  return Array.from(numbers, (value) => value / length);
}
