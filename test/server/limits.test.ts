import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type AppServer, EVENT, HEAD, open, startApp } from "./support.js";

let server: AppServer;
beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());

/** The problem document in a raw answer. */
const problemIn = (answer: string) => JSON.parse(answer.slice(answer.lastIndexOf("\r\n\r\n") + 4)) as { code: string; status: number };

describe("what is no request that can be read is answered by a problem document, and the connection closed", () => {
  it.each([
    ["nonsense", "nonsense\r\n\r\n", 400, "bad-request"],
    ["a preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "bad-request"],
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "bad-request"],
    ["a header without a name", "GET /livez HTTP/1.1\r\nhost: x\r\n: y\r\n\r\n", 400, "bad-request"],
    ["a header with a control character", "GET /livez HTTP/1.1\r\nhost: x\r\na: b\x01\r\n\r\n", 400, "bad-request"],
    ["both a length and chunks", `${HEAD}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400, "bad-request"],
    ["two lengths", `${HEAD}content-length: 3\r\ncontent-length: 4\r\n\r\nabcd`, 400, "bad-request"],
    ["a chunk that is none", `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400, "bad-request"],
    ["a space before the colon", `GET /livez HTTP/1.1\r\nhost: x\r\ncontent-length : 3\r\n\r\nabc`, 400, "bad-request"],
    ["headers over 16 kB", `GET /livez HTTP/1.1\r\nhost: x\r\nlong: ${"x".repeat(20_000)}\r\n\r\n`, 431, "headers-too-large"],
  ])("%s", async (_, text, status, code) => {
    const answer = await (await open(server.port, text)).closed;
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*Content-Type: application/problem\\+json\r\n`));
    expect(problemIn(answer)).toMatchObject({ type: "about:blank", status, code });
    expect(answer).not.toMatch(/ at |HPE_/);
  });
});

describe("requests one behind the other on a connection", () => {
  it("are answered in order", async () => {
    const connection = await open(server.port, `GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n${HEAD}content-length: 3\r\n\r\nabcGET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect((await connection.closed).match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 204", "HTTP/1.1 204", "HTTP/1.1 404"]);
  });

  it("get their answers before nonsense behind them closes the connection", async () => {
    let finish: (nothing: undefined) => void = () => undefined;
    let tell: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (tell = resolve));
    const slow = await startApp({}, () => {
      tell();
      return new Promise((resolve) => (finish = resolve));
    });
    const connection = await open(slow.port, `${HEAD}content-length: 3\r\n\r\nabcnonsense\r\n\r\n`);
    await begun;
    finish(undefined);
    expect(await connection.closed).toMatch(/^HTTP\/1.1 204 (?![^]*HTTP\/1.1 400)/);
    await slow.close();
  });
});

describe("slow senders", () => {
  let own: AppServer;
  beforeAll(async () => {
    own = await startApp({ headersTimeout: 100, eventDeadline: 300 });
  });
  afterAll(() => own.close());

  it.each([
    ["nothing at all", "", /^HTTP\/1.1 408 /],
    ["headers that do not end", "POST / HTTP/1.1\r\nhost: x\r\n", /^HTTP\/1.1 408 [^]*"code":"request-timeout"/],
    ["half a body", `${HEAD}content-length: 100\r\n\r\nabc`, /^HTTP\/1.1 503 [^]*"code":"deadline"/],
    ["half a body that nobody wants", "GET /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc", /^HTTP\/1.1 200 /],
  ])("are cut off: %s", async (_, text, answer) => {
    expect(await (await open(own.port, text)).closed).toMatch(answer);
  });

  it("are cut off while they drip", async () => {
    const connection = await open(own.port, "POST / HTTP/1.1\r\n");
    const drip = setInterval(() => connection.socket.write("a: b\r\n"), 5);
    expect(await connection.closed).toMatch(/^HTTP\/1.1 408 /);
    clearInterval(drip);
  });
});

it("a thousand idle connections keep nobody out", async () => {
  const idle: Socket[] = Array.from({ length: 1000 }, () => connect(server.port, "127.0.0.1"));
  await Promise.all(idle.map((socket) => once(socket, "connect")));
  for (const path of ["livez", "readyz", "healthz"]) expect((await fetch(`${server.url}/${path}`)).ok).toBe(true);
  expect((await fetch(server.url, { method: "POST", headers: EVENT, body: "x" })).status).toBe(204);
  for (const socket of idle) socket.destroy();
});
