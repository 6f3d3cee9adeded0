import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** An issuer of OpenID Connect tokens on loopback. */
export interface Issuer {
  url: string;
  /** How often its keys were fetched. */
  fetched: () => number;
  /** Every request that it got, as path and Authorization header. */
  asked: { path: string; authorization?: string }[];
  /** What it publishes as its keys. */
  keys: () => object;
  /** Answers in its place, by path; until it is set to nothing. */
  instead: (path: string, answer?: (request: IncomingMessage, response: ServerResponse) => void) => void;
  /** Signs with its current key; `claims` on top of sensible ones, `header` on top of algorithm and key id. */
  token: (claims?: JWTPayload, header?: { kid?: string }) => Promise<string>;
  /** From now on it signs with a new key, which it publishes beside the old ones. */
  rotate: (options?: { published?: boolean }) => Promise<void>;
  close: () => Promise<void>;
}

export const AUDIENCE = "oss-faces";
const DISCOVERY = "/.well-known/openid-configuration";

/** Seconds since 1970, as tokens count. */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

export async function startIssuer(algorithm = "ES256"): Promise<Issuer> {
  const published: object[] = [];
  const asked: Issuer["asked"] = [];
  const answers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
  let signing: CryptoKey;
  let kid = "";
  let made = 0;

  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push({ path, authorization: request.headers.authorization });
    const answer = answers.get(path);
    if (answer) answer(request, response);
    else if (path === DISCOVERY) json(response, { issuer: url, jwks_uri: `${url}/keys` });
    else if (path === "/keys") json(response, { keys: published });
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function rotate({ published: isPublished = true } = {}): Promise<void> {
    const pair = await generateKeyPair(algorithm, { extractable: true });
    signing = pair.privateKey;
    kid = `key-${++made}`;
    if (isPublished) published.push({ ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: "sig" });
  }
  await rotate();

  return {
    url,
    asked,
    fetched: () => asked.filter(({ path }) => path === "/keys").length,
    keys: () => ({ keys: published }),
    instead: (path, answer) => void (answer ? answers.set(path, answer) : answers.delete(path)),
    token: (claims = {}, header = {}) =>
      new SignJWT({ iss: url, aud: AUDIENCE, sub: "system:serviceaccount:default:trigger", iat: inSeconds(0), exp: inSeconds(3600), ...claims }).setProtectedHeader({ alg: algorithm, kid, ...header }).sign(signing),
    rotate,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function json(response: ServerResponse, document: unknown): void {
  response.setHeader("content-type", "application/json").end(JSON.stringify(document));
}
