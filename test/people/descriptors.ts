import type { DescribedEnrolment, DescriptorModel } from "../../src/people/gallery.js";

export const MODEL: DescriptorModel = { name: "single", sha256: "ab".repeat(32), length: 128 };
export const FUSED: DescriptorModel = { name: "fused", sha256: "cd".repeat(32), length: 256 };

/** The same numbers for the same seed, -1..1. @see Mulberry32 */
function* numbers(seed: number): Generator<number> {
  for (let state = seed >>> 0; ; ) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  }
}

/** Made up: photos of one person are about 0.3 apart, those of two about 1. */
export function descriptor(person: number, photo = 0, { length } = MODEL): number[] {
  const [who, which] = [numbers(person * 7919 + 1), numbers(person * 104729 + photo * 31 + 7)];
  return Array.from({ length }, () => (who.next().value as number) * 0.11 + (which.next().value as number) * 0.025);
}

export function enrolment(person: number, photo = 0, model = MODEL): DescribedEnrolment {
  return {
    photo: `oss://photos/people/person ${person}/${photo}.jpg`,
    name: `person ${person}`,
    etag: `E${person}-${photo}`,
    enrolledAt: new Date(Date.UTC(2026, 0, 1) + person * 1000 + photo).toISOString(),
    quality: 0.5,
    descriptor: descriptor(person, photo, model),
  };
}
