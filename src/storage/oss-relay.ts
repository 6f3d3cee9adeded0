import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { Failure, ObjectNotFound } from "../errors.js";
import type { CredentialProvider } from "./credentials.js";
import type { SmallObjects } from "./object-store.js";
import type { OssAddress } from "./oss-client.js";
import { NotPassing, passing, type Territory } from "./oss-relay-border.js";
import { createSender, type Answer } from "./oss-relay-sender.js";
import { smallObjects } from "./oss-small-objects.js";
import { chunksOf, createTransport, type Deadlines } from "./oss-transport.js";
import { createTries } from "./oss-tries.js";

export interface RelayOptions extends OssAddress {
  credentials: CredentialProvider;
  /** Milliseconds, for one try; 10 s each. */
  deadlines?: Deadlines;
  /** The longest wait before the second try, milliseconds, unless OSS asks for more; it doubles before the third. */
  backoff?: number;
}

/** OSS for the gallery's library, whose own requests OSS does not take: it signs with version 1 and keys that do not change. */
export interface OssRelay {
  /** What the library has to be told: where the relay is, and the keys of this relay. Path style. */
  readonly storageOptions: Record<string, string>;
  /** Objects of the gallery that are not the library's. */
  readonly objects: SmallObjects;
  /** What OSS, the network or whoever gives credentials last had against a request, where that was since then (`performance.now()`). */
  troubleSince(time: number): string | undefined;
  close(): Promise<void>;
}

/** Headers of one connection. */
const HOP = new Set(["connection", "keep-alive", "transfer-encoding", "trailer", "upgrade"]);

/**
 * Starts a server on loopback that takes requests as if it were OSS and sends them on to OSS, signed with version 4 and
 * with the credentials of that moment. Bodies stream both ways; answers come back as they are, but for errors, which are
 * cleared of keys. It does not keep the process alive.
 *
 * Only who knows its key may use it: 256 random bits that never leave this process but over loopback. They are compared,
 * and the signature made with them is not: whoever can listen on loopback here can read the key's requests anyway, and
 * the list of what version 1 signs would have to follow the library's.
 * @param location `oss://bucket/prefix`: nothing else is asked for
 */
export async function startOssRelay(location: string, options: RelayOptions): Promise<OssRelay> {
  const { deadlines = { headers: 10_000, idle: 10_000 }, backoff = 200 } = options;
  const territory = territoryOf(location);
  const key = randomBytes(32).toString("hex");
  const transport = createTransport(deadlines);
  const tries = createTries(options.credentials, backoff, () => false);
  const send = createSender(territory, transport, options, tries);
  const closed = new AbortController();
  let trouble: { message: string; at: number } | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      if (!knows(request, key)) throw new NotPassing("a stranger");
      const sent = await send(passing(request, territory), request, gone.signal);
      if (sent.failure && isTrouble(sent)) trouble = { message: sent.failure.message, at: performance.now() };
      response.writeHead(sent.status, Object.fromEntries(Object.entries(sent.headers).filter(([name]) => !HOP.has(name))));
      if (sent.body instanceof Uint8Array) response.end(request.method === "HEAD" ? undefined : sent.body);
      else await pipeline(chunksOf(sent.body, deadlines.idle, gone.signal), response);
    } catch (error) {
      if (!gone.signal.aborted && error instanceof Failure) trouble = { message: error.message, at: performance.now() };
      if (response.headersSent) response.destroy(); // half an answer: the connection says so
      else if (error instanceof NotPassing) response.writeHead(403, { connection: "close" }).end(document("AccessDenied", error.message));
      else response.writeHead(503).end(document("ServiceUnavailable", "OSS could not be asked"));
    }
  }

  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => void answer(request, response));
  server.on("connection", (socket) => socket.unref());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    storageOptions: { oss_endpoint: `http://127.0.0.1:${port}`, oss_access_key_id: key, oss_secret_access_key: randomBytes(32).toString("hex") },
    objects: smallObjects(territory, (signing) => ({ address: options, transport, ...signing }), tries, closed.signal),
    troubleSince: (time) => (trouble && trouble.at >= time ? trouble.message : undefined),
    close() {
      closed.abort();
      transport.close();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function territoryOf(location: string): Territory {
  const [bucket, ...rest] = location.slice("oss://".length).split("/");
  return { bucket, prefix: `${rest.join("/")}/` };
}

/** `OSS <key>:<signature>` */
function knows({ headers }: IncomingMessage, key: string): boolean {
  const named = /^OSS ([^:]*):/.exec(headers.authorization ?? "")?.[1] ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(named), digest(key));
}

/** Not what the library asks to find out: whether there is such an object, or such a version already. */
function isTrouble({ status, failure }: Answer): boolean {
  return !(failure instanceof ObjectNotFound) && ![304, 409, 412, 416].includes(status);
}

function document(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>\n`;
}
