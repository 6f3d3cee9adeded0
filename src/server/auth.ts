import { createHash, timingSafeEqual } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { type Failure, IssuerUnavailable, Unauthorized } from "../errors.js";
import type { Log } from "../telemetry/log.js";
import type { Metrics } from "../telemetry/metrics.js";
import { type OidcOptions, verifyTokens } from "./oidc.js";
import { sendProblem } from "./problem.js";
import { noteRefusals } from "./refusal-log.js";

/** Who may send events: everybody where neither is set; where both are, either will do. */
export interface Senders {
  /** AUTH_TOKEN: a shared secret. */
  token?: string;
  oidc?: OidcOptions;
}

export interface AuthOptions extends Senders {
  log: Log;
  metrics: Metrics;
}

/**
 * Lets pass who shows `Authorization: Bearer` with the shared secret or an OIDC token for us (RFC 6750 §2.1); a token in
 * the address or body is never looked at. Anybody else gets 401, and 503 where the issuer's keys cannot be had: then
 * nobody knows whose token it is. It answers before the body is read.
 */
export function authorize({ token, oidc, log, metrics }: AuthOptions): RequestHandler {
  if (token === undefined && oidc === undefined) return (_request, _response, next) => next();
  const isSecret = token === undefined ? () => false : sameAs(token);
  const verify = oidc && verifyTokens(oidc);
  const note = noteRefusals(log);

  async function check(request: Request): Promise<void> {
    const shown = bearerOf(request);
    if (isSecret(shown)) return;
    if (!verify) throw new Unauthorized("the token is not the shared secret");
    await verify(shown);
  }

  return async (request, response, next) => {
    try {
      await check(request);
    } catch (error) {
      if (!(error instanceof Unauthorized || error instanceof IssuerUnavailable)) throw error;
      metrics.outcome(error.retry ? "retry" : "rejected", error.code);
      note(error);
      refuse(request, response, error);
      return;
    }
    next();
  };
}

/** RFC 9110 §11.1: the scheme's name in any case. Latin-1 is how Node reads the header's bytes. */
function bearerOf({ headersDistinct }: Request): Buffer {
  const { authorization = [] } = headersDistinct;
  if (authorization.length === 0) throw new Unauthorized("no Authorization header");
  if (authorization.length > 1) throw new Unauthorized("more than one Authorization header");
  const shown = /^bearer +(\S.*)$/i.exec(authorization[0])?.[1].trimEnd();
  if (shown === undefined) throw new Unauthorized("the Authorization header is not Bearer and a token");
  return Buffer.from(shown, "latin1");
}

/** Compares hashes: they are of one length, and how long it takes says nothing about the secret. */
function sameAs(secret: string): (shown: Buffer) => boolean {
  const hash = (value: string | Buffer) => createHash("sha256").update(value).digest();
  const expected = hash(secret);
  return (shown) => timingSafeEqual(hash(shown), expected);
}

/** RFC 6750 §3: no error code where no token was shown. */
function refuse(request: Request, response: Response, failure: Failure): void {
  const challenge = request.headers.authorization === undefined ? "Bearer" : 'Bearer error="invalid_token"';
  if (failure instanceof Unauthorized) response.set("WWW-Authenticate", challenge);
  if (!request.complete) response.set("Connection", "close"); // its body is not waited for
  sendProblem(response, failure);
}
