import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import { hadEnded, KEPT } from "../kept-connections.js";
import type { EncodedEvent } from "./reply.js";

/** What counts of an answer. */
export interface SinkAnswer {
  status: number;
  /** Retry-After as it stands. */
  retryAfter?: string;
}

/** HTTP to one address. Node's fetch cannot be given certificates without its own package, which would have to be loaded at every start. */
export interface SinkTransport {
  /**
   * A redirect is not followed: it would become a GET.
   * @param rested true where the connections that are kept were not used for a while: one that the sink has closed
   * meanwhile, which shows only when it is used, is no failure then
   * @throws the network's error, or the signal's where it aborts
   */
  post(message: EncodedEvent, signal: AbortSignal, rested: boolean): Promise<SinkAnswer>;
  close(): void;
}

/** Of an answer's body that much is read so that the connection can be used again; a longer one is cut off. */
const MOST_BYTES = 4 * 1024 * 1024;

/** @param certificates PEM, trusted beside those that the system trusts */
export function createSinkTransport(url: string, certificates?: string[]): SinkTransport {
  const secure = url.toLowerCase().startsWith("https:");
  let agent: http.Agent | undefined;
  const connections = () => (agent ??= secure ? new https.Agent({ ...KEPT, ...(certificates && { secureContext: trusting(certificates) }) }) : new http.Agent(KEPT));

  async function post(message: EncodedEvent, signal: AbortSignal, rested: boolean): Promise<SinkAnswer> {
    const request = (secure ? https : http).request(url, { method: "POST", headers: { ...message.headers, "content-length": Buffer.byteLength(message.body) }, agent: connections(), signal });
    try {
      return await answerTo(request, message.body);
    } catch (error) {
      if (rested && !signal.aborted && hadEnded(request, error)) return post(message, signal, rested); // it ends: one kept connection less
      throw error;
    }
  }

  return { post, close: () => agent?.destroy() };
}

function answerTo(request: http.ClientRequest, body: string): Promise<SinkAnswer> {
  return new Promise((resolve, reject) => {
    let answered = false;
    request.on("error", (error) => answered || reject(error));
    request.once("response", (response) => {
      answered = true;
      const answer = { status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] };
      // The status counts, even where its body is cut short, too slow or too long.
      drain(response).then(() => resolve(answer), () => resolve(answer));
    });
    request.end(body);
  });
}

async function drain(response: http.IncomingMessage): Promise<void> {
  let length = 0;
  for await (const chunk of response) {
    length += (chunk as Buffer).length;
    if (length > MOST_BYTES) return; // leaving the loop closes the connection
  }
}

/** One context for all connections: to read all the certificates takes 20 ms. What Node trusts by default has to be named, too. */
function trusting(certificates: string[]): tls.SecureContext {
  const { getCACertificates } = tls as { getCACertificates?: (type: "default") => string[] }; // Node 22.15 and later
  const { NODE_EXTRA_CA_CERTS: extra } = process.env;
  const defaults = getCACertificates?.("default") ?? [...tls.rootCertificates, ...(extra && existsSync(extra) ? [readFileSync(extra, "utf8")] : [])];
  return tls.createSecureContext({ ca: [...defaults, ...certificates] });
}
