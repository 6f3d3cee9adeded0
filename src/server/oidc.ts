import type { errors } from "jose";
import { ClocksApart, Failure, IssuerUnavailable, Unauthorized } from "../errors.js";
import { issuerKeys } from "./issuer-keys.js";

export interface OidcOptions {
  /** OIDC_AUDIENCE: what a token's `aud` has to name, among others or alone. */
  audience: string;
  /** OIDC_ISSUER: a token's `iss`, to the letter. */
  issuer: string;
  /** OIDC_JWKS: an address or a file; by default what the issuer's discovery document names. */
  keys?: string;
}

/** Asymmetric ones only: with `none` or an HMAC anybody who knows the public key could sign. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];
/** How far clocks may be apart, seconds. */
const TOLERANCE = 30;
/** A token that is valid in less than this is asked for again later: a Broker gives up what is answered 401. Seconds. */
const SOON = 3600;

const CLAIMS: Record<string, string> = {
  iss: "the token is of another issuer than OIDC_ISSUER",
  aud: "the token is for another audience than OIDC_AUDIENCE",
  nbf: "the token is not valid yet",
  exp: "the token has no time at which it expires",
};
const REASONS: Record<string, string> = {
  ERR_JWT_EXPIRED: "the token has expired",
  ERR_JOSE_ALG_NOT_ALLOWED: "the token is signed with an algorithm that is not taken",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "the token's signature is wrong",
  ERR_JWKS_NO_MATCHING_KEY: "the token is signed with a key that is none of the issuer's",
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: "the token does not say which of the issuer's keys it is signed with", // OpenID Connect Core §10.1
};

/**
 * Verifies JSON Web Tokens as OpenID Connect Core §3.1.3.7 asks: signature, issuer, audience, time. Knative's Triggers
 * send such tokens where OIDC is on; `sub` is then `system:serviceaccount:<namespace>:<the Trigger's account>`.
 * @throws Unauthorized where it is not valid (the message never shows any of it), ClocksApart where it will be soon,
 *   IssuerUnavailable where nobody can tell
 */
export function verifyTokens({ audience, issuer, keys }: OidcOptions): (token: Buffer) => Promise<void> {
  const keyOf = issuerKeys(issuer, keys);
  return async (token) => {
    const { errors, jwtVerify } = await import("jose");
    try {
      await jwtVerify(token, keyOf, { audience, issuer, algorithms: ALGORITHMS, clockTolerance: TOLERANCE, requiredClaims: ["exp"] });
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (error instanceof errors.JWTClaimValidationFailed && isValidSoon(error)) throw new ClocksApart(CLAIMS.nbf);
      if (error instanceof errors.JOSEError) throw new Unauthorized(reasonOf(error));
      throw new IssuerUnavailable("the issuer's key cannot be used", { cause: error }); // too short, or not what its type says
    }
  };
}

function isValidSoon({ claim, reason, payload: { nbf } }: errors.JWTClaimValidationFailed): boolean {
  return claim === "nbf" && reason === "check_failed" && nbf! < Date.now() / 1000 + SOON;
}

function reasonOf(error: errors.JOSEError): string {
  const claim = "claim" in error && typeof error.claim === "string" ? CLAIMS[error.claim] : undefined;
  return REASONS[error.code] ?? claim ?? "the token is no valid JWT";
}
