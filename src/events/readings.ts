import { InvalidNotification } from "../errors.js";
import type { ReceivedEvent } from "./event.js";
import { type Notification, notificationSteps } from "./oss.js";

/** An event, and what it notifies of. */
export interface Reading {
  event: ReceivedEvent;
  /** Or why it cannot be read: an event is displayed before it is refused. */
  notification: Notification | InvalidNotification;
}

/** Reads the notifications of events, a record a step. */
export function* readingSteps(events: ReceivedEvent[]): Generator<void, Reading[]> {
  const readings: Reading[] = [];
  for (const event of events) {
    readings.push({ event, notification: yield* orRefusal(notificationSteps(event)) });
    yield;
  }
  return readings;
}

function* orRefusal(steps: Generator<void, Notification>): Generator<void, Notification | InvalidNotification> {
  try {
    return yield* steps;
  } catch (error) {
    if (error instanceof InvalidNotification) return error;
    throw error;
  }
}
