import { InvalidNotification } from "../errors.js";
import type { ReceivedEvent } from "../events/event.js";
import { type Notification, readNotification } from "../events/oss.js";

/**
 * The bytes of the photos that these events declare. A size that is not declared counts nothing: what is read at once is
 * bounded anyway (`photo-memory.ts`).
 * @param most bytes of one photo: a larger one is not read
 */
export function photoBytesOf(events: ReceivedEvent[], most: number): number {
  return events.flatMap(recordsOf).reduce((sum, { eventName, size = 0 }) => sum + (eventName.startsWith("ObjectCreated") ? Math.min(size, most) : 0), 0);
}

/** A notification that cannot be read is let in: it is displayed before it is refused. */
function recordsOf(event: ReceivedEvent) {
  let notification: Notification;
  try {
    notification = readNotification(event);
  } catch (error) {
    if (error instanceof InvalidNotification) return [];
    throw error;
  }
  return notification.kind === "records" ? notification.records : [];
}
