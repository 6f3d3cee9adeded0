import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { atOnce } from "../../src/breath.js";
import type { ReceivedEvent } from "../../src/events/event.js";
import { type Notification, notificationSteps } from "../../src/events/oss.js";
import { receiveEvents } from "../../src/events/receive.js";

const root = new URL("../../../", import.meta.url);

export const fixturePath = (name: string) => fileURLToPath(new URL(`test/fixtures/${name}`, root));

export function fixture(name: string): string {
  return readFileSync(fixturePath(name), "utf8");
}

/** A file of the fixtures beside the repository, where they are. */
export function shared(name: string): string | undefined {
  const path = fileURLToPath(new URL(`../shared/fixtures/${name}`, root));
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

export function committedSchema(type: string): unknown {
  return JSON.parse(readFileSync(new URL(`schemas/${type}.json`, root), "utf8"));
}

export const REQUIRED = { "ce-specversion": "1.0", "ce-id": "1", "ce-type": "com.example.t", "ce-source": "/s" };

/** What an event notifies of, in one go. */
export function readNotification(event: ReceivedEvent): Notification {
  return atOnce(notificationSteps(event));
}

/** One event through the front door, binary mode. */
export function binary(headers: Record<string, string>, body: string | Uint8Array = ""): ReceivedEvent {
  return only(receiveEvents({ ...REQUIRED, ...headers }, Buffer.from(body)).events);
}

export const ENVELOPE = { specversion: "1.0", id: "1", type: "com.example.t", source: "/s" };

/** One event through the front door, structured mode; the text is the envelope. */
export function structured(envelope: string | object): ReceivedEvent {
  const json = typeof envelope === "string" ? envelope : JSON.stringify({ ...ENVELOPE, ...envelope });
  return only(receiveEvents({ "content-type": "application/cloudevents+json" }, Buffer.from(json)).events);
}

function only(events: ReceivedEvent[]): ReceivedEvent {
  const [event] = events;
  if (!event || events.length > 1) throw new Error(`${events.length} events instead of one`);
  return event;
}

/** An event's data as text. */
export const dataOf = (event: ReceivedEvent) => (event.data ? Buffer.from(event.data.bytes).toString() : undefined);

/** What a function throws, as its class's name and message. */
export function thrownBy(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  return "nothing";
}

/** A copy without some members. */
export function without<T extends object, K extends keyof T>(whole: T, ...names: K[]): Omit<T, K> {
  const copy = { ...whole };
  for (const name of names) delete copy[name];
  return copy;
}
