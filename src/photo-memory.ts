import { Turns } from "./turns.js";

/** What photos may take at once at least, bytes: two dozen of a telephone's. */
const LEAST = 128 * 1024 * 1024;

/** The part of the memory that one photo holds. */
export interface PhotoRoom {
  /** Waits until `bytes` are free; once it has them, asking again costs nothing. Rejects where the signal aborts first. */
  take: (bytes: number) => Promise<void>;
  /** Gives back what is held; nothing can be taken any more. */
  leave: () => void;
}

/**
 * Bounds the bytes of all photos that are read, wait for a worker or are in one; they get room in the order in which they
 * ask. What a worker still has after its photo's deadline is not counted: one photo each.
 * @param maxObjectBytes of one photo
 * @returns makes the room of one photo, empty at first
 */
export function createPhotoMemory(maxObjectBytes: number): (signal: AbortSignal) => PhotoRoom {
  const memory = new Turns(Math.max(maxObjectBytes, LEAST));

  return function roomFor(signal) {
    let held = 0;
    let over = false;
    const giveBack = () => {
      if (held > 0) memory.end(held);
      held = 0;
    };
    return {
      async take(bytes) {
        if (bytes <= held) return; // a second try of the download
        giveBack(); // the object grew meanwhile: two that wait for more while they hold some would wait for each other
        await memory.next(signal, bytes);
        held = bytes;
        if (!over) return;
        giveBack(); // let in and stopped in the same moment
        throw signal.reason;
      },
      leave() {
        over = true;
        giveBack();
      },
    };
  };
}
