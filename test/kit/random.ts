import { seeded } from "../people/synthetic.js";

/** Choices that are the same in every run with the same seed. */
export interface Random {
  /** A whole number, both ends included. */
  between: (least: number, most: number) => number;
  /** True in so many of one. */
  chance: (share: number) => boolean;
  pick: <T>(from: readonly T[]) => T;
}

export function randomOf(seed: number): Random {
  const next = seeded(seed);
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return { between, chance: (share) => next() < share, pick: (from) => from[between(0, from.length - 1)] };
}
