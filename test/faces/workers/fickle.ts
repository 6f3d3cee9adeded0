import * as real from "../../../src/faces/worker.js";
import { ORDERS } from "./orders.js";

/** The real worker, except for "photos" that are one of the orders. */
export const load = real.load;

export async function analyze(bytes: Uint8Array): ReturnType<typeof real.analyze> {
  if (bytes.length > 1) return real.analyze(bytes);
  if (bytes[0] === ORDERS.exit) process.exit(3);
  if (bytes[0] === ORDERS.fall) setImmediate(() => void JSON.parse("not JSON"));
  if (bytes[0] === ORDERS.spin) for (;;);
  if (bytes[0] === ORDERS.fail) return { defect: "Error: an unforeseen thing" };
  return new Promise(() => {});
}
