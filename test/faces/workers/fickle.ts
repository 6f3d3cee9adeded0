import { setImmediate as nextTurnOfTheLoop } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { withinEngine } from "../../../src/faces/thread-state.js";
import { alone, inTurn, working } from "../../../src/faces/thread-turns.js";
import * as real from "../../../src/faces/worker.js";
import { ORDERS } from "./orders.js";

const { state } = workerData as real.WorkerSettings;
const judge = () => working(state, () => alone(state, () => Promise.resolve({ defect: "Error: it was alone" })));
const forEver = () => new Promise<never>(() => {});

/** The real worker, except for "photos" that are one of the orders. */
export const load = real.load;

export async function analyze(bytes: Uint8Array): ReturnType<typeof real.analyze> {
  if (bytes.length > 1) return real.analyze(bytes);
  if (bytes[0] === ORDERS.exit) process.exit(3);
  if (bytes[0] === ORDERS.fall) setImmediate(() => void JSON.parse("not JSON"));
  if (bytes[0] === ORDERS.spin) for (;;);
  if (bytes[0] === ORDERS.fail) return { defect: "Error: an unforeseen thing" };
  if (bytes[0] === ORDERS.grow) for (const all: object[] = []; ; ) all.push({ one: [all.length] });
  if (bytes[0] === ORDERS.die) setTimeout(() => process.exit(4)); // after the answer
  if (bytes[0] === ORDERS.die) return { defect: "Error: it will end" };
  if (bytes[0] === ORDERS.large) return inTurn(state, () => Promise.resolve({ defect: "Error: it was its turn" }));
  if (bytes[0] === ORDERS.exitLarge) return inTurn(state, () => process.exit(5));
  if (bytes[0] === ORDERS.hangLarge) return inTurn(state, forEver);
  if (bytes[0] === ORDERS.hangWithin) return withinEngine(state, forEver);
  if (bytes[0] === ORDERS.hangAtWork) return working(state, () => withinEngine(state, forEver)); // it cannot be ended, as in a native decoder
  if (bytes[0] === ORDERS.work) return working(state, () => Promise.resolve({ defect: "Error: it worked" }));
  if (bytes[0] === ORDERS.judge) return judge();
  while (bytes[0] === ORDERS.judgeBeside && !state.turns.some((turn) => turn !== 0)) await nextTurnOfTheLoop(); // until another works
  if (bytes[0] === ORDERS.judgeBeside) return judge();
  if (bytes[0] === ORDERS.slow) return { failure: { name: "DecodingTooSlow", message: "it was slow" } };
  return forEver();
}
