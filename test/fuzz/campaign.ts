import fc, { type IRawProperty } from "fast-check";
import type { Tally } from "./rules.js";

/** What a part's properties are tried on. */
export interface Subject {
  tally: Tally;
  close(): Promise<void>;
}

/** Something that must hold for everything a generator makes. */
export interface Property<S extends Subject> {
  name: string;
  /** How many cases a round has. */
  runs: number;
  /**
   * Tries so many cases; the same seed gives the same.
   * @throws Error with the shrunk counterexample, the seed and the path to it
   */
  holds: (subject: S, seed: number, runs: number) => Promise<void>;
}

export interface Part<S extends Subject> {
  start: () => Promise<S>;
  properties: Property<S>[];
}

/** Milliseconds that the cases, and then the search for a smaller counterexample, may take. */
const LIMIT = 50_000;

export function property<S extends Subject, T>(name: string, runs: number, of: (subject: S) => IRawProperty<T>): Property<S> {
  return {
    name,
    runs,
    async holds(subject, seed, numRuns) {
      const found = await fc.check(of(subject), { seed, numRuns, interruptAfterTimeLimit: LIMIT, markInterruptAsFailure: false });
      if (found.failed) throw new Error(`${name}\n${fc.defaultReportMessage(found)}\n${String(found.errorInstance)}`);
    },
  };
}

/** The same cases in every run of the suite: `npm run fuzz` tries others. */
const SEED = 20_260_101;

/** One round of a part, each of its properties a test; the body of a `describe`. */
export function tests<S extends Subject>({ start, properties }: Part<S>): void {
  let subject: S;
  beforeAll(async () => {
    subject = await start();
  });
  afterAll(() => subject.close());

  it.each(properties.map(({ name }) => name))("%s", async (name) => {
    const { holds, runs } = properties.find((one) => one.name === name)!;
    await holds(subject, SEED, runs);
  });
}
