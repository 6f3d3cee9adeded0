import { readFile } from "node:fs/promises";
import type { JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { IssuerUnavailable } from "../errors.js";
import { createDocuments } from "./issuer-documents.js";
import { type KeySet, keysWithCooldown } from "./key-cooldown.js";

/** RFC 7517 §5; what a key is made of is the library's business. An issuer without keys is an issuer in trouble. */
const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/** OpenID Connect Discovery §3, what we need of it. */
const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

/**
 * The key that a token was signed with.
 * @param location an address or a file; by default what the issuer's discovery document names
 */
export function issuerKeys(issuer: string, location?: string): JWTVerifyGetKey {
  if (location !== undefined && !/^https?:\/\//i.test(location)) return keysInFile(location);
  const documents = createDocuments(issuer);
  return keysWithCooldown(async () => {
    const signal = documents.deadline();
    return keySet(await documents.get(location ?? (await keysAddress(issuer, documents, signal)), signal), "the issuer's keys");
  });
}

/**
 * The document is believed where it names the issuer itself (§4.3): then its keys may be on another host, as those of
 * Kubernetes are. Not over plain http though where the issuer is https: whoever changes the keys on their way can sign.
 */
async function keysAddress(issuer: string, documents: ReturnType<typeof createDocuments>, signal: AbortSignal): Promise<string> {
  const answer = discoverySchema.safeParse(await documents.get(`${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`, signal));
  if (!answer.success) throw new IssuerUnavailable("the issuer's discovery document names no issuer and jwks_uri");
  if (answer.data.issuer !== issuer) throw new IssuerUnavailable("the discovery document is of another issuer than OIDC_ISSUER");
  const { protocol } = new URL(answer.data.jwks_uri);
  if (protocol !== "https:" && protocol !== new URL(issuer).protocol) throw new IssuerUnavailable("the discovery document's jwks_uri is not https");
  return answer.data.jwks_uri;
}

/** Read for each token: it is small, and a ConfigMap or a Secret changes under a running pod. */
function keysInFile(path: string): JWTVerifyGetKey {
  let last: { text: string; keys: KeySet } | undefined;
  return async (header, token) => {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new IssuerUnavailable(`OIDC_JWKS cannot be read: ${error.code ?? error.name}`, { cause: error });
    });
    if (text !== last?.text) last = { text, keys: await keySet(parsed(text), "OIDC_JWKS") };
    return last.keys(header, token);
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function keySet(document: unknown, what: string): Promise<KeySet> {
  const { createLocalJWKSet } = await import("jose");
  const keys = keySetSchema.safeParse(document);
  if (!keys.success) throw new IssuerUnavailable(`${what}: no set of keys (JWKS)`);
  return createLocalJWKSet(keys.data);
}
