import type { ServerResponse } from "node:http";
import type { Place } from "./gate.js";

/** What the answers of a service that is stopped may still take, milliseconds. */
const LAST_ANSWERS = 1000;

/**
 * Gives a place back when its answer is sent or its sender is gone, so that a drain ends no connection in the middle of
 * an answer. Whoever does not read the answer is cut off after a while; where the service is stopped nobody waits for it.
 * @param patience milliseconds that a sender may take to read the answer, and those to its requests before
 */
export function leaveWhenSent(place: Place, response: ServerResponse, stopped: AbortSignal, patience: number): void {
  const { socket } = response.req; // the answer to a request behind others gets it late, and no event where it never does
  if (response.closed || socket.destroyed) return place.leave();
  const timer = setTimeout(() => socket.destroy(), stopped.aborted ? LAST_ANSWERS : patience);
  const leave = () => {
    clearTimeout(timer);
    response.off("close", leave);
    socket.off("close", leave);
    stopped.removeEventListener("abort", leave);
    place.leave();
  };
  response.once("close", leave);
  socket.once("close", leave);
  stopped.addEventListener("abort", leave); // a signal that has aborted tells nobody
}
