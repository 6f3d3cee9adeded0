import type { RequestHandler, Response } from "express";
import { DeadlinePassed } from "../errors.js";
import type { ReceivedEvent } from "../events/event.js";
import { receiveEvents } from "../events/receive.js";
import { type EncodedEvent, encodeReply } from "../events/reply.js";
import type { ResultEvent } from "../events/result.js";
import type { Log } from "../telemetry/log.js";
import { unlessAborted } from "../unless-aborted.js";
import { bodyOf } from "./body.js";
import type { Gate } from "./gate.js";

export interface EventsOptions {
  /** Works on the events of one request; gives the reply, if any. */
  handle: (events: ReceivedEvent[], signal: AbortSignal) => Promise<ResultEvent | undefined>;
  gate: Gate;
  log: Log;
  /** Milliseconds that the events of one request may take. */
  eventDeadline: number;
}

/** `POST /`: 204, or 200 with one result event. It is answered when the work is done: an early answer loses events. */
export function answerEvents({ handle, gate, log, eventDeadline }: EventsOptions): RequestHandler {
  return async (request, response) => {
    const { events, mode } = receiveEvents(request.headers, bodyOf(request));
    log.line("debug", `${mode} request from ${request.ip}: ${events.map(({ type, id }) => `${type} ${id}`).join(", ")}`);
    const reply = await gate.pass(() => withDeadline(eventDeadline, (signal) => handle(events, signal)));
    if (reply) send(response, await encodeReply(reply));
    else response.status(204).end();
  };
}

/** Aborts `work` after `milliseconds`, and does not wait for what does not listen to the signal. */
async function withDeadline<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const timer = setTimeout(() => controller.abort(new DeadlinePassed(`not done after ${milliseconds / 1000} s`)), milliseconds);
  try {
    return await unlessAborted(work(signal), signal, () => signal.reason as DeadlinePassed);
  } finally {
    clearTimeout(timer);
  }
}

function send(response: Response, { headers, body }: EncodedEvent): void {
  response.status(200);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value); // express would add a charset
  response.end(body);
}
