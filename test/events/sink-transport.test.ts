import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createPlain, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readConfig } from "../../src/config.js";
import { resultEvent } from "../../src/events/result.js";
import { createSink, type SinkOptions } from "../../src/events/sink.js";
import { binary, fixture, fixturePath } from "./support.js";

const TEST_CA = fixture("tls/ca.pem");
const event = resultEvent({ source: "/oss-faces", typePrefix: "faces" }, { type: "faces.image.analyzed", data: { n: 1 }, cause: binary({ "ce-id": "cause" }), record: { eventName: "x", bucket: "b", key: "a.jpg" }, now: new Date(0) });

/** A sink on loopback that takes everything, over TLS where asked; what it got, and its connections. */
async function startSink({ secure = false, host = "127.0.0.1", listener = (_request, response) => response.writeHead(202).end() }: { secure?: boolean; host?: string; listener?: RequestListener } = {}) {
  const received: IncomingMessage["headers"][] = [];
  const sockets: Socket[] = [];
  const handle: RequestListener = (request, response) => void request.resume().once("end", () => { received.push(request.headers); listener(request, response); });
  const server: Server = secure ? createSecure({ key: fixture("tls/server.key"), cert: fixture("tls/server.pem") }, handle) : createPlain(handle);
  server.on(secure ? "secureConnection" : "connection", (socket: Socket) => sockets.push(socket));
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${secure ? "https" : "http"}://${host}:${port}/`,
    received,
    sockets,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const open = (options: Partial<SinkOptions> & { url: string }) => createSink({ deadline: 5_000, retries: 0, tokenFile: "/nowhere/token", ...options });
const send = (sink: ReturnType<typeof open>) => sink.send(event, new AbortController().signal, Infinity);
const failure = (sink: ReturnType<typeof open>) => send(sink).then(() => "nothing", (error: Error) => error.message.replace(/127\.0\.0\.1:\d+/, "HOST"));

describe("a sink behind TLS", () => {
  let server: Awaited<ReturnType<typeof startSink>>;
  beforeAll(async () => {
    server = await startSink({ secure: true });
  });
  afterAll(() => server.close());

  it("is not believed with a certificate of nobody we know", async () => {
    const sink = open({ url: server.url });
    expect(await failure(sink)).toMatch(/^K_SINK \(HOST\) gave no answer \((UNABLE_TO_|SELF_SIGNED_|CERT_)/);
    expect(server.received).toEqual([]);
    sink.close();
  });

  it("is with one that K_CA_CERTS knows, and its connection is kept", async () => {
    const before = server.sockets.length;
    const sink = open({ url: server.url, certificates: [TEST_CA] });
    for (let i = 0; i < 3; i++) await send(sink);
    expect([server.received.length, server.sockets.length - before]).toEqual([3, 1]);
    sink.close();
  });

  it.each([
    ["is with one that the system knows beside", fixturePath("tls/ca.pem"), "taken"],
    ["not without that", "", expect.stringMatching(/gave no answer \((UNABLE_TO_|SELF_SIGNED_|CERT_)/)],
  ])("%s", async (_, NODE_EXTRA_CA_CERTS, outcome) => {
    // In a process of its own, for Node reads that variable at its start.
    const script = `import tls from "node:tls";
      import { createSink } from ${JSON.stringify(new URL("../../src/events/sink.js", import.meta.url).href)};
      const sink = createSink({ url: ${JSON.stringify(server.url)}, certificates: [tls.rootCertificates[0]], deadline: 5000, retries: 0 });
      const sent = sink.send(${JSON.stringify(event)}, new AbortController().signal, Infinity);
      console.log(await sent.then(() => "taken", (error) => error.message));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env: { ...process.env, NODE_EXTRA_CA_CERTS } });
    expect(stdout.trim()).toEqual(outcome);
  });

  it("not under a name that its certificate does not have", async () => {
    const other = await startSink({ secure: true, host: "127.0.0.2" });
    const sink = open({ url: other.url, certificates: [TEST_CA] });
    expect(await failure(sink)).toMatch(/gave no answer \(ERR_TLS_CERT_ALTNAME_INVALID\)$/);
    sink.close();
    await other.close();
  });
});

describe("K_CA_CERTS", () => {
  const config = (K_CA_CERTS: string) => readConfig({ K_SINK: "https://sink.example/", K_CA_CERTS });
  const mistake = (value: string) => {
    try {
      config(value);
      return "nothing";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("may hold several certificates, and words between them", () => {
    expect(config(`# one\n${TEST_CA}\nthe other:\n${fixture("tls/server.pem")}`).sinkCertificates).toHaveLength(2);
  });

  it.each([
    ["no certificate", "hello", "must be certificates in PEM"],
    ["a key", fixture("tls/server.key"), "must be certificates in PEM"],
    ["a certificate and a key", TEST_CA + fixture("tls/server.key"), "one of them is cut or of another kind"],
    ["a certificate that is cut", `${TEST_CA}${TEST_CA.slice(0, 200)}`, "one of them is cut or of another kind"],
    ["a certificate that is damaged", `${TEST_CA}${TEST_CA.replace("MIIB", "AAAA")}`, "number 2 of 2 cannot be read"],
  ])("is named as wrong at the start: %s", (_name, value, message) => {
    expect(mistake(value)).toMatch(/^A setting is wrong:\n {2}K_CA_CERTS "/);
    expect(mistake(value)).toContain(message);
    expect(mistake(value).length).toBeLessThan(500);
  });
});

describe("connections that are kept", () => {
  it("may be closed by the sink between two sends: no result fails, without any retry", async () => {
    const server = await startSink();
    const sink = open({ url: server.url });
    for (const end of [(socket: Socket) => socket.destroy(), (socket: Socket) => socket.resetAndDestroy(), (socket: Socket) => socket.end()]) {
      await Promise.all([send(sink), send(sink), send(sink)]);
      server.sockets.splice(0).forEach(end);
      await send(sink);
    }
    expect(server.received).toHaveLength(12);
    sink.close();
    await server.close();
  });

  it("may be closed when the next request comes in, which is then sent once more", async () => {
    let hangUps = 0;
    const server = await startSink({ listener: (request, response) => {
      if (server.received.length === 2 && hangUps++ === 0) request.socket.destroy();
      else response.writeHead(202).end();
    } });
    const sink = open({ url: server.url });
    await send(sink);
    await send(sink);
    expect([server.received.length, hangUps]).toEqual([3, 1]);
    expect(new Set(server.received.map((headers) => headers["ce-id"])).size).toBe(1);
    sink.close();
    await server.close();
  });

  it("that are new and closed without an answer are a failed try", async () => {
    const server = await startSink({ listener: (request) => request.socket.destroy() });
    const sink = open({ url: server.url });
    expect(await failure(sink)).toBe("K_SINK (HOST) gave no answer (ECONNRESET)");
    expect(server.received).toHaveLength(1);
    sink.close();
    await server.close();
  });
});

describe("our token for a sink that asks for one (a SinkBinding's /oidc/token)", () => {
  let folder: string;
  let server: Awaited<ReturnType<typeof startSink>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "oss-faces-oidc-"));
    server = await startSink();
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await server.close();
  });

  it("is sent, read again for each send, and left away where there is none", async () => {
    const tokenFile = join(folder, "token");
    const sink = open({ url: server.url, tokenFile });
    await send(sink);
    await writeFile(tokenFile, "first\n");
    await send(sink);
    await writeFile(tokenFile, "second");
    await send(sink);
    await writeFile(tokenFile, "");
    await send(sink);
    expect(server.received.map(({ authorization }) => authorization)).toEqual([undefined, "Bearer first", "Bearer second", undefined]);
    sink.close();
  });

  it("that cannot be read is a failed send, not one without it", async () => {
    const before = server.received.length;
    const sink = open({ url: server.url, tokenFile: folder }); // a folder is no file
    expect(await failure(sink)).toBe(`K_SINK's token at ${folder} cannot be read: EISDIR`);
    expect(server.received).toHaveLength(before);
    sink.close();
  });
});
