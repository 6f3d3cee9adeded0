import type { NextFunction, Request, Response } from "express";
import { ClocksApart, Draining, Failure, IssuerUnavailable, LogUnread, MethodNotAllowed, Unauthorized } from "../errors.js";
import type { Log } from "../telemetry/log.js";
import type { Metrics } from "../telemetry/metrics.js";
import { challengeTo } from "./auth.js";
import { shownBytes } from "./body.js";
import { sendProblem } from "./problem.js";
import { noteRefusals } from "./refusal-log.js";

/** The last of the chain: every error becomes a log line and a problem document, without any stack outward. */
export function answerFailures({ log, metrics }: { log: Log; metrics: Metrics }) {
  const note = noteRefusals(log);
  // Express tells error handlers by their four parameters.
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const failure = known(error);
    if (failure instanceof Failure) {
      const outcome = outcomeOf(failure);
      metrics.outcome(outcome, failure.code);
      // Somebody looked at the address with a browser: no event was lost.
      if (failure instanceof MethodNotAllowed) log.line("debug", failure.message);
      else if (isOfSender(failure)) note(failure);
      else if (!(failure instanceof LogUnread)) log.refused(outcome, failure, failure.kind === "rejected" ? shownBody(request) : "");
      if (failure instanceof Unauthorized) response.set("WWW-Authenticate", challengeTo(request));
      if (failure instanceof Draining) response.set("Connection", "close"); // the next request finds another instance
      sendProblem(response, failure);
    } else {
      metrics.outcome("error");
      log.line("error", `defect: ${failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)}`);
      sendProblem(response, { code: "internal", status: 500, message: "an unexpected error; the log has it", retry: true });
    }
  };
}

/** What Express throws for a path that cannot be decoded, in our words. */
function known(error: unknown): unknown {
  return error instanceof URIError ? new MethodNotAllowed("there is nothing at this path") : error;
}

/** Who knocks may do so often: a line for each reason will do. */
function isOfSender(failure: Failure): boolean {
  return [Unauthorized, IssuerUnavailable, ClocksApart].some((kind) => failure instanceof kind);
}

function outcomeOf(failure: Failure): string {
  if (failure.code === "draining" || failure.kind === "busy") return failure.code;
  return failure.kind === "rejected" ? "rejected" : "retry";
}

function shownBody(request: Request): string {
  return `${request.get("content-type") ?? "no content type"}: ${JSON.stringify(shownBytes(request).toString())}`;
}
