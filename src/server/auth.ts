import { createHash, timingSafeEqual } from "node:crypto";
import type { Request } from "express";
import { Unauthorized } from "../errors.js";
import { type OidcOptions, verifyTokens } from "./oidc.js";

/** Who may send events: everybody where neither is set; where both are, either will do. */
export interface Senders {
  /** AUTH_TOKEN: a shared secret. */
  token?: string;
  oidc?: OidcOptions;
}

/**
 * Lets pass who shows `Authorization: Bearer` with the shared secret or an OIDC token for us (RFC 6750 §2.1); a token in
 * the address or body is never looked at.
 * @returns rejects with Unauthorized; where nobody can tell whose token it is, with what a retry may mend
 */
export function createAuthorize({ token, oidc }: Senders): (request: Request) => Promise<void> {
  if (token === undefined && oidc === undefined) return () => Promise.resolve();
  const isSecret = token === undefined ? () => false : sameAs(token);
  const verify = oidc && verifyTokens(oidc);

  return async (request) => {
    const shown = bearerOf(request);
    if (isSecret(shown)) return;
    if (!verify) throw new Unauthorized("the token is not the shared secret");
    await verify(shown);
  };
}

/** RFC 6750 §3: no error code where no token was shown. */
export function challengeTo({ headers }: Request): string {
  return headers.authorization === undefined ? "Bearer" : 'Bearer error="invalid_token"';
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
