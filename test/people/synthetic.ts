import type { Candidate } from "../../src/people/candidate.js";

/** Numbers in 0..1 that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

/** Numbers of the normal distribution. @see Box and Muller (1958) */
export function normally(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** One photo's descriptor: as many numbers as people differ in, so distances spread as real ones do. */
export type Photo = readonly number[];
export interface Person {
  name: string;
  photos: Photo[];
}

const DIRECTIONS = 36;
const LOOKS = 40;

/**
 * People who do not exist, with distances like those of `single`: 0.76 between people on average, 0.38 between photos
 * of one person. People of one look are nearer to each other.
 */
export class Population {
  readonly #random: () => number;
  readonly #looks: number[][];
  #count = 0;

  constructor(seed: number, readonly scale = 1) {
    this.#random = seeded(seed);
    this.#looks = Array.from({ length: LOOKS }, () => this.#vector(0.05));
  }

  person(photos = 1): Person & { another: () => Photo } {
    const look = this.#looks[Math.floor(this.#random() * LOOKS)];
    const face = add(look, this.#vector(0.073));
    const another = () => add(face, this.#vector(0.05));
    return { name: `person ${(this.#count += 1)}`, photos: Array.from({ length: photos }, another), another };
  }

  people(number: number, photos = 1) {
    return Array.from({ length: number }, () => this.person(photos));
  }

  #vector(deviation: number): number[] {
    return Array.from({ length: DIRECTIONS }, () => this.scale * deviation * normally(this.#random));
  }
}

/** What a gallery would answer: the ten nearest people. */
export function search(face: Photo, people: readonly Person[]): Candidate[] {
  return people
    .map(({ name, photos }) => ({
      name,
      distance: Math.min(...photos.map((photo) => distance(face, photo))),
      meanDistance: distance(face, photos.reduce(add).map((value) => value / photos.length)),
      photos: photos.length,
    }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 10);
}

/** Each photo (of `every`-th people) among the other people. */
export function leaveOneOut(people: readonly Person[], every = 1): Candidate[][] {
  return people
    .filter((_, i) => i % every === 0)
    .flatMap((person) => person.photos.map((photo) => search(photo, people.filter((other) => other !== person))));
}

/** Euclidean. */
function distance(a: Photo, b: Photo): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + b[i]);
}
