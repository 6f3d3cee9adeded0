import { readFile } from "node:fs/promises";
import { IssuerUnavailable } from "../errors.js";

/** The longest that keys are waited for, both documents together, milliseconds: whoever sends is waiting. */
const PATIENCE = 5_000;
/** Documents of issuers take a few kB. */
const MOST_BYTES = 256 * 1024;
/** Where Kubernetes puts a pod's own token, unless automountServiceAccountToken is false. */
const POD_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Fetches JSON documents of an issuer. Kubernetes shows its own to service accounts only (the role
 * system:service-account-issuer-discovery is bound to all of them): where one is refused, it is asked for again with the
 * pod's token, but only over https, and only where that issuer has signed it: nobody else gets to see it.
 */
export function createDocuments(issuer: string, { podToken = POD_TOKEN, patience = PATIENCE } = {}) {
  async function get(address: string, signal: AbortSignal): Promise<unknown> {
    const { host, protocol } = new URL(address);
    try {
      let response = await ask(address, signal);
      const token = [401, 403].includes(response.status) && protocol === "https:" ? await ownToken() : undefined;
      if (token) {
        await response.body?.cancel();
        response = await ask(address, signal, { authorization: `Bearer ${token}` });
      }
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new IssuerUnavailable(`${host} answered ${response.status} instead of the issuer's keys`);
      }
      return JSON.parse(await textOf(response)) as unknown;
    } catch (error) {
      if (error instanceof IssuerUnavailable) throw error;
      if (signal.aborted) throw new IssuerUnavailable(`${host} did not send the issuer's keys within ${patience / 1000} s`, { cause: error });
      if (error instanceof SyntaxError) throw new IssuerUnavailable(`${host} sent no JSON instead of the issuer's keys`);
      throw new IssuerUnavailable(`${host} could not be asked for the issuer's keys: ${codeOf(error)}`, { cause: error });
    }
  }

  /** The pod's token, where this issuer has signed it. It is not verified: whoever could write the file could do worse. */
  async function ownToken(): Promise<string | undefined> {
    try {
      const { decodeJwt } = await import("jose");
      const token = (await readFile(podToken, "utf8")).trim();
      return decodeJwt(token).iss === issuer ? token : undefined;
    } catch {
      return undefined; // there is none
    }
  }

  return { get, deadline: () => AbortSignal.timeout(patience) };
}

/** A redirect would lead to a host that neither the operator nor the issuer has named: it is an answer like any other than 200. */
function ask(address: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(address, { signal, redirect: "manual", headers: { accept: "application/json, application/jwk-set+json", ...headers } });
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    parts.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
    if (length > MOST_BYTES) throw new SyntaxError("too long");
  }
  return Buffer.concat(parts).toString();
}

/** fetch says only `fetch failed`; its cause knows more. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return cause instanceof Error ? cause.name : "unknown";
}
