import { Agent, request } from "node:http";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { samplePhotos } from "../src/samples.js";
import { encodeEvent, notificationEvent, ossRecord } from "../src/sources/notification.js";
import { seeded } from "../test/people/synthetic.js";
import { BUCKET } from "./served.js";

/** One answer: when it was complete and how long that took, milliseconds; status 0: none. */
export interface Answered {
  status: number;
  at: number;
  took: number;
}

/** Sends events for the sample photos over connections that are kept, with as little work of its own as can be. */
export interface Client {
  send: () => Promise<Answered>;
  close: () => void;
}

export function createClient(url: string): Client {
  const agent = new Agent({ keepAlive: true });
  const events = samplePhotos().map((file) => encodeEvent(notificationEvent(ossRecord({ bucket: BUCKET, key: basename(file) }), { as: "eventbridge", id: "" }), "binary"));
  let count = 0;
  return {
    send() {
      const { headers, body } = events[count % events.length];
      const started = performance.now();
      const identity = { "ce-id": `load-${count++}`, "content-length": Buffer.byteLength(body) };
      return new Promise((resolve) => {
        const done = (status: number) => resolve({ status, at: performance.now(), took: performance.now() - started });
        request(url, { method: "POST", agent, headers: { ...headers, ...identity } }, (response) => {
          response.resume().on("end", () => done(response.statusCode ?? 0)).on("error", () => done(0));
        })
          .on("error", () => done(0))
          .end(body);
      });
    },
    close: () => agent.destroy(),
  };
}

/** So many at once, the next when one is answered, for so long. @returns answers within that time */
export async function closedLoop({ send }: Client, atOnce: number, milliseconds: number): Promise<Answered[]> {
  const end = performance.now() + milliseconds;
  const answers: Answered[] = [];
  const sender = async () => {
    while (performance.now() < end) answers.push(await send());
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  return answers.filter(({ at }) => at <= end);
}

/**
 * So many a second on average, at random times (a Poisson process), for so long, whatever becomes of those before.
 * @returns all answers, when the last has come
 */
export async function openLoop({ send }: Client, perSecond: number, milliseconds: number): Promise<Answered[]> {
  const random = seeded(1);
  const began = performance.now();
  const answers: Promise<Answered>[] = [];
  for (let due = 0; ; ) {
    due -= (Math.log(1 - random()) / perSecond) * 1000;
    if (due > milliseconds) break;
    const early = began + due - performance.now();
    if (early > 0) await pause(early);
    answers.push(send());
  }
  return Promise.all(answers);
}
