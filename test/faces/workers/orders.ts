/** "Photos" of one byte by which a test tells `fickle.ts` how to misbehave. */
export const ORDERS = { exit: 1, fall: 2, hang: 3, spin: 4, fail: 5, grow: 6, die: 7, large: 8, exitLarge: 9, hangLarge: 10, hangWithin: 11, hangAtWork: 12, work: 13, judge: 14, slow: 15, judgeBeside: 16 } as const;
