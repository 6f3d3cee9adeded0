import type * as real from "../../../src/faces/worker.js";

/** A worker that tells what its heap can do. */
export const load = (): ReturnType<typeof real.load> => Promise.resolve({ value: undefined });

export const analyze = (): ReturnType<typeof real.analyze> => Promise.resolve({ defect: `Error: gc is a ${typeof globalThis.gc}` });
