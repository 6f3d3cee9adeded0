/** "Photos" of one byte by which a test tells `fickle.ts` how to misbehave. */
export const ORDERS = { exit: 1, fall: 2, hang: 3, spin: 4, fail: 5 } as const;
