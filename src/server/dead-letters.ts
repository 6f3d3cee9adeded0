import type { RequestHandler } from "express";
import { breather, inPieces } from "../breath.js";
import { receiveSteps } from "../events/receive.js";
import type { Log } from "../telemetry/log.js";
import type { Metrics } from "../telemetry/metrics.js";
import { admitted, type AdmissionOptions } from "./admission.js";

/**
 * `POST /dead-letters`: events that the Broker has given up are displayed and never worked on, so that a dead-letter
 * sink is there without a further service. The Broker's extensions `knativeerrorcode` and `knativeerrordest` say why.
 */
export function displayDeadLetters(options: AdmissionOptions & { log: Log; metrics: Metrics }): RequestHandler {
  const { log, metrics } = options;
  return admitted(options, async ({ request, response, body, signal }) => {
    const { events } = await inPieces(receiveSteps(request.headers, body), signal);
    const breathe = breather();
    for (const event of events) {
      const { knativeerrorcode, knativeerrordest } = event.extensions;
      metrics.outcome("dead-letter");
      const status = knativeerrorcode === undefined ? "" : `, last answer ${knativeerrorcode}`;
      log.line("error", `given up by the Broker: event ${event.id}${status}`, knativeerrordest === undefined ? undefined : { subscriber: knativeerrordest });
      log.event(event);
      await breathe();
      if (signal.aborted) return; // answered already
    }
    response.status(204).end();
  });
}
