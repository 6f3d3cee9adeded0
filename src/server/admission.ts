import { setImmediate as nextTurn } from "node:timers/promises";
import type { Request, RequestHandler, Response } from "express";
import { DeadlinePassed, type Failure } from "../errors.js";
import { timeLimited } from "../time-limit.js";
import { unlessAborted } from "../unless-aborted.js";
import { leaveWhenSent } from "./answer-sent.js";
import { type BodyOptions, mostBytesOf, readBody } from "./body.js";
import type { Gate, Place } from "./gate.js";

export interface AdmissionOptions extends BodyOptions {
  gate: Gate;
  /** Rejects with a Failure where the sender may not send; asked before the body is read. */
  authorize: (request: Request) => Promise<void>;
  /** Milliseconds that one request may take, its sender's keys and its body included. */
  eventDeadline: number;
}

/** A request that was let in, with all of its body. */
interface Admitted {
  request: Request;
  response: Response;
  body: Uint8Array;
  place: Place;
  /** Aborts with a Failure when nobody waits for the answer any more. */
  signal: AbortSignal;
}

/**
 * Lets a request in before its sender is known and its body is read, and does `work` with it. One that is refused is
 * answered at once, and what its sender still sends is passed over. A sender that hangs up (a Broker's timeout) ends
 * nothing: the work goes on to its end or deadline, for its result is remembered, and the next delivery finds it.
 */
export function admitted(options: AdmissionOptions, work: (admitted: Admitted) => Promise<void> | void): RequestHandler {
  const { gate, authorize, eventDeadline } = options;
  return async (request, response) => {
    const place = gate.enter(mostBytesOf(request, options));
    try {
      await limited(eventDeadline, gate.stopped, async (signal) => {
        await authorize(request);
        if (!request.complete) await nextTurn(); // a small one comes with its headers
        signal.throwIfAborted();
        if (!request.complete) place.awaitBody();
        const body = await readBody(request, response, gate.impatient, options);
        place.arrived();
        signal.throwIfAborted();
        await work({ request, response, body, place, signal });
      });
    } catch (error) {
      if (!request.complete) response.set("Connection", "close"); // the rest of the body is not waited for
      throw error;
    } finally {
      leaveWhenSent(place, response, gate.stopped, eventDeadline);
    }
  };
}

/** Aborts `work` after `milliseconds` or where it is stopped, and does not wait for what does not listen to the signal. */
function limited(milliseconds: number, stopped: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const late = () => new DeadlinePassed(`not done after ${milliseconds / 1000} s`);
  return timeLimited(milliseconds, stopped, late, (signal) => unlessAborted(work(signal), signal, () => signal.reason as Failure));
}
