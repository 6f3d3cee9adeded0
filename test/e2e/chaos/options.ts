import { parseArgs } from "node:util";

export interface ChaosOptions {
  /** How many photos. */
  events: number;
  /** Whatever is random is the same with the same seed, but for what depends on time. */
  seed: number;
  /** No new photo after so many minutes. */
  minutes: number;
}

/**
 * Of `[--events 2000] [--seed S] [--minutes M]`; with --minutes alone as many photos as it can.
 * @throws Error where one is not understood
 */
export function chaosOptions(args: string[]): ChaosOptions {
  const { values } = parseArgs({ args, options: { events: { type: "string" }, seed: { type: "string" }, minutes: { type: "string" } } });
  const number = (name: keyof typeof values, least: number, preset: number) => {
    const value = Number(values[name] ?? preset);
    if (!(value >= least)) throw new Error(`--${name} ${values[name]}: a number, at least ${least}`);
    return value;
  };
  return {
    events: number("events", 1, values.minutes === undefined ? 2000 : Infinity),
    seed: number("seed", 0, Math.floor(Math.random() * 2 ** 31)),
    minutes: number("minutes", 0.1, Infinity),
  };
}
