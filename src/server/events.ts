import type { RequestHandler, Response } from "express";
import { inPieces } from "../breath.js";
import { type Reading, readingSteps } from "../events/readings.js";
import { receiveSteps } from "../events/receive.js";
import { type EncodedEvent, encodeReply } from "../events/reply.js";
import type { ResultEvent } from "../events/result.js";
import type { Log } from "../telemetry/log.js";
import { admitted, type AdmissionOptions } from "./admission.js";
import { photoBytesOf } from "./photo-bytes.js";

export interface EventsOptions extends AdmissionOptions {
  /** Works on the events of one request; gives the reply, if any. */
  handle: (readings: Reading[], signal: AbortSignal) => Promise<ResultEvent | undefined>;
  log: Log;
  /** The most bytes of one photo. */
  maxObjectBytes: number;
}

/** `POST /`: 204, or 200 with one result event. It is answered when the work is done: an early answer loses events. */
export function answerEvents(options: EventsOptions): RequestHandler {
  const { handle, log, maxObjectBytes } = options;
  return admitted(options, async ({ request, response, body, place, signal }) => {
    const { events, mode } = await inPieces(receiveSteps(request.headers, body), signal);
    log.line("debug", `${mode} request from ${request.ip}: ${events.map(({ type, id }) => `${type} ${id}`).join(", ")}`);
    const readings = await inPieces(readingSteps(events), signal);
    place.add(photoBytesOf(readings, maxObjectBytes));
    const reply = await handle(readings, signal);
    const encoded = reply && (await encodeReply(reply));
    if (signal.aborted) return; // answered already
    if (options.gate.draining) response.set("Connection", "close"); // the next request finds another instance
    if (encoded) send(response, encoded);
    else response.status(204).end();
  });
}

function send(response: Response, { headers, body }: EncodedEvent): void {
  response.status(200);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value); // express would add a charset
  response.end(body);
}
