import type { Reading } from "../events/readings.js";

/**
 * The bytes of the largest photo that these events declare: a request's photos are worked on one after the other. A size
 * that is not declared counts nothing: what is read at once is bounded anyway (`photo-memory.ts`).
 * @param most bytes of one photo: a larger one is not read
 */
export function photoBytesOf(readings: Reading[], most: number): number {
  let largest = 0;
  for (const { notification } of readings) {
    if (notification.kind !== "records") continue;
    for (const { eventName, size = 0 } of notification.records) if (eventName.startsWith("ObjectCreated")) largest = Math.max(largest, size);
  }
  return Math.min(largest, most);
}
