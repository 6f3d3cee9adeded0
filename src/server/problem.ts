import type { Response } from "express";
import type { Failure } from "../errors.js";

/** A dispatcher of Knative loses error bodies of more than 768 bytes when a dead-letter sink is set. */
const MOST_BYTES = 767;
const RETRY_AFTER_SECONDS = "1";

interface Problem {
  code: string;
  status: number;
  message: string;
  help?: string;
  retry?: boolean;
}

/** A problem document (RFC 9457), short whatever the sender wrote. */
export function problemDocument({ code, status, message, help }: Problem | Failure): Buffer {
  const document = { type: "about:blank", title: help ?? code, status, code, detail: message.slice(0, MOST_BYTES) };
  while (Buffer.byteLength(JSON.stringify(document)) > MOST_BYTES) document.detail = shorter(document.detail);
  return Buffer.from(JSON.stringify(document));
}

/** Answers with a problem document; a 429 or 503 says when to come again. */
export function sendProblem(response: Response, problem: Problem | Failure): void {
  if (response.headersSent || response.destroyed) return;
  if (problem.retry) response.set("Retry-After", RETRY_AFTER_SECONDS);
  const document = problemDocument(problem);
  // Not Express's send(), which looks for ETags and encodings: under a flood each refusal counts.
  response.writeHead(problem.status, { "Content-Type": "application/problem+json", "Content-Length": document.length }).end(document);
}

function shorter(text: string): string {
  return `${Array.from(text.replace(/…$/, "")).slice(0, -20).join("")}…`;
}
