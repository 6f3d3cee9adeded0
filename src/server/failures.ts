import type { NextFunction, Request, Response } from "express";
import { BodyCutShort, EventTooLarge, Failure, InvalidEvent } from "../errors.js";
import type { Log } from "../telemetry/log.js";
import type { Metrics } from "../telemetry/metrics.js";
import { sendProblem } from "./problem.js";

/** How much of a body that could not be read is shown in the log. */
const SHOWN_BYTES = 200;

/** The last of the chain: every error becomes a log line and a problem document, without any stack outward. */
export function answerFailures({ log, metrics }: { log: Log; metrics: Metrics }) {
  // Express tells error handlers by their four parameters.
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const failure = fromBodyParser(error);
    if (failure instanceof Failure) {
      const outcome = outcomeOf(failure);
      metrics.outcome(outcome, failure.code);
      log.refused(outcome, failure, failure.kind === "rejected" ? shownBody(request) : "");
      sendProblem(response, failure);
    } else {
      metrics.outcome("error");
      log.line("error", `defect: ${failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)}`);
      sendProblem(response, { code: "internal", status: 500, message: "an unexpected error; the log has it", retry: true });
    }
  };
}

/** What express.raw throws, in our words. */
function fromBodyParser(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const { type, limit } = error as { type?: string; limit?: number };
  if (type === "entity.too.large") return new EventTooLarge(`the request is larger than ${limit} bytes`);
  if (type === "request.aborted" || type === "request.size.invalid") return new BodyCutShort("the body ended before its Content-Length");
  const status = (error as { status?: number }).status;
  return status !== undefined && status < 500 ? new InvalidEvent(`the body cannot be read: ${error.message}`) : error;
}

function outcomeOf(failure: Failure): string {
  if (failure.code === "draining" || failure.kind === "busy") return failure.code;
  return failure.kind === "rejected" ? "rejected" : "retry";
}

function shownBody(request: Request): string {
  const body: unknown = request.body;
  const type = request.get("content-type") ?? "no content type";
  if (!(body instanceof Uint8Array)) return type;
  return `${type}; ${body.length} bytes: ${JSON.stringify(Buffer.from(body.subarray(0, SHOWN_BYTES)).toString())}`;
}
