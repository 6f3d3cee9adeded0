import { EventEmitter, once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { ReceivedEvent } from "../../src/events/event.js";
import { receiveEvents } from "../../src/events/receive.js";

/** An event that was taken. */
export interface Collected {
  type: string;
  source: string;
  id: string;
  subject?: string;
  /** Id of the event that caused it. */
  cause?: string;
  /** What a dead letter's subscriber answered; absent where it gave none. */
  lastAnswer?: string;
  /** Parsed where it is JSON. */
  data: unknown;
}

/** A subscriber on loopback that keeps what it gets. */
export interface Collector {
  url: string;
  received: readonly Collected[];
  /** The first event that fits, now or later. */
  got(fits: (event: Collected) => boolean): Promise<Collected>;
  close(): Promise<void>;
}

/** Answers an event and says whether it was taken. */
export type Answer = (event: Collected, response: ServerResponse) => boolean;

const accept: Answer = (_event, response) => {
  response.writeHead(202).end();
  return true;
};

export async function startCollector(answer: Answer = accept): Promise<Collector> {
  const received: Collected[] = [];
  const events = new EventEmitter().setMaxListeners(0);
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      for (const event of receiveEvents(request.headers, body).events.map(collected)) {
        if (!answer(event, response)) continue;
        received.push(event);
        events.emit("event", event);
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async got(fits) {
      return received.find(fits) ?? new Promise((resolve) => events.on("event", (event: Collected) => fits(event) && resolve(event)));
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function collected({ type, source, id, subject, extensions, data }: ReceivedEvent): Collected {
  const { causationid, knativeerrorcode } = extensions;
  const text = (value?: string | number | boolean) => (value === undefined ? undefined : String(value));
  return { type, source, id, subject, cause: text(causationid), lastAnswer: text(knativeerrorcode), data: data && dataOf(Buffer.from(data.bytes).toString()) };
}

/** Notifications may be base64. */
function dataOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
