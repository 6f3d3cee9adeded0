import { once } from "node:events";
import { connect } from "node:net";
import { ossFaces } from "../kit/cli.js";
import { bearer, type Door, EVENT, IN, knock, NO_TOKEN, oidcOf, startDoor, WRONG } from "../kit/door.js";
import { AUDIENCE, type Issuer, json, startIssuer } from "../kit/issuer.js";
import { Gate } from "../../src/server/gate.js";
import { folderBucket, send, start } from "../kit/service.js";

const SECRET = "correct-horse-battery-staple";

let bucket: Awaited<ReturnType<typeof folderBucket>>;
beforeAll(async () => {
  bucket = await folderBucket();
});
afterAll(() => bucket.remove());

describe("a shared secret (AUTH_TOKEN)", () => {
  let service: Door;
  beforeAll(async () => {
    service = await start({ STORAGE: bucket.root, AUTH_TOKEN: SECRET });
  });
  afterAll(() => service.close());

  it.each([
    ["the secret", bearer(SECRET), IN],
    ["in lower case", { authorization: `bearer ${SECRET}` }, IN],
    ["with spaces around", { authorization: `BEARER   ${SECRET}  ` }, IN],
    ["no header", {}, NO_TOKEN],
    ["another secret", bearer(`${SECRET}x`), WRONG],
    ["a part of it", bearer(SECRET.slice(0, -1)), WRONG],
    ["another case", bearer(SECRET.toUpperCase()), WRONG],
    ["the secret alone", { authorization: SECRET }, WRONG],
    ["no token", { authorization: "Bearer " }, WRONG],
    ["another scheme", { authorization: `Basic ${Buffer.from(`user:${SECRET}`).toString("base64")}` }, WRONG],
    ["a header of ours", { "x-auth-token": SECRET }, NO_TOKEN],
    ["a token of OIDC where that is off", bearer("eyJhbGciOiJub25lIn0.e30."), WRONG],
  ])("%s", async (_name, headers, outcome) => {
    expect(await knock(service, headers as Record<string, string>)).toEqual(outcome);
  });

  it("refuses a header of spaces as quickly as any other", async () => {
    const cost = async (header: string) => {
      const before = process.cpuUsage();
      for (let i = 0; i < 5; i++) expect(await knock(service, { authorization: header })).toEqual(WRONG);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await cost("Bearer x");
    const plain = await cost(`Bearer ${"x".repeat(14_000)}`);
    expect(await cost(`Bearer x${" ".repeat(14_000)}x`)).toBeLessThan(10 * plain + 50_000); // microseconds; backtracking would take a second
  });

  it.each(["/?access_token=", "/?token=", "/?authorization=Bearer%20"])("is not taken from the address: %s", async (path) => {
    expect(await knock(service, {}, path + SECRET)).toEqual(NO_TOKEN);
  });

  it("guards events and dead letters, and nothing else", async () => {
    expect(await knock(service, {}, "/dead-letters")).toEqual(NO_TOKEN);
    expect(await knock(service, bearer(SECRET), "/dead-letters")).toEqual(IN);
    const open = [["GET", "/livez"], ["GET", "/healthz"], ["GET", "/schemas/faces.image.analyzed.json"], ["OPTIONS", "/"], ["GET", "/readyz"]];
    const statuses = await Promise.all(open.map(async ([method, path]) => (await fetch(service.url + path, { method })).status));
    expect(statuses).not.toContain(401);
  });

  /** Writes raw bytes and gives what comes back until the connection closes. */
  async function raw(text: string): Promise<string> {
    const socket = connect(Number(new URL(service.url).port), "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.write(text);
    await once(socket, "close");
    return answer;
  }

  it("answers before the body has come, and waits for none", async () => {
    expect(await raw("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nonly the beginning")).toMatch(/^HTTP\/1.1 401 [^]*"code":"unauthorized"/);
  });

  it("takes no two headers, even where one of them is right", async () => {
    const line = (token: string) => `authorization: Bearer ${token}\r\n`;
    for (const lines of [line(SECRET) + line("other"), line("other") + line(SECRET)]) {
      expect(await raw(`POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines}\r\n`)).toMatch(/^HTTP\/1.1 401 /);
    }
  });

  it("says in the log why, a line for each reason however often, and never the token", async () => {
    for (let i = 0; i < 20; i++) await knock(service, bearer(`guess-number-${i}`));
    const lines = service.log().split("\n").filter((line) => line.includes("unauthorized"));
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toContain("warn: rejected: unauthorized: the token is not the shared secret");
    for (const word of [SECRET, "guess-number", "eyJ"]) expect(service.log()).not.toContain(word);
  });

  it("does not display the event of whom it refuses", async () => {
    await knock(service, { "ce-id": "of-nobody" });
    expect(service.log()).not.toContain("of-nobody");
  });
});

it("oss-faces send shows the secret of its own settings", async () => {
  const own = await start({ STORAGE: bucket.root, AUTH_TOKEN: SECRET });
  const args = ["send", "oss://photos/report.pdf", "--to", own.url];
  const [shown, none] = [await ossFaces(args, { AUTH_TOKEN: SECRET }), await ossFaces(args)];
  await own.close();
  expect([shown.stdout.split("\n")[0], none.stdout.split("\n")[0]]).toEqual(["204 No Content", "401 Unauthorized"]);
});

it("the service takes them from its settings", async () => {
  const issuer = await startIssuer();
  const own = await start({ STORAGE: bucket.root, OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE, OIDC_JWKS: `${issuer.url}/keys` });
  const outcomes = [await knock(own, bearer(await issuer.token())), await knock(own, bearer(await issuer.token()), "/dead-letters"), await knock(own, {}), await knock(own, {}, "/dead-letters")];
  await own.close();
  await issuer.close();
  expect(outcomes).toEqual([IN, IN, NO_TOKEN, NO_TOKEN]);
});

it("everybody may send where neither is set", async () => {
  const own = await startDoor({});
  expect(await knock(own, {})).toEqual(IN);
  expect((await send(own.url, { ...EVENT, ...bearer("whatever") })).status).toBe(204);
  await own.close();
});

describe("a sender whose keys the issuer does not send yet", () => {
  let issuer: Issuer;
  let answered: () => void;
  let gate: Gate;
  let door: Door;
  async function startSlow(eventDeadline = 60_000): Promise<string> {
    issuer = await startIssuer();
    const token = await issuer.token();
    issuer.instead("/keys", (_request, response) => (answered = () => json(response, issuer.keys())));
    gate = new Gate({ most: 2, mostBytes: 1e6 });
    door = await startDoor(oidcOf(issuer, `${issuer.url}/keys`), gate, eventDeadline);
    return token;
  }
  afterEach(async () => {
    await door.close();
    await issuer.close();
  });
  const asked = async () => { while (issuer.fetched() === 0) await fetch(`${door.url}/livez`); };

  it("is counted, and waited for by a drain", async () => {
    const token = await startSlow();
    const knocks = [1, 2, 3].map(() => knock(door, bearer(token)));
    const BUSY = [429, "busy", null];
    expect(await Promise.race(knocks)).toEqual(BUSY);
    await asked();
    const drained = gate.drain(60_000);
    answered();
    expect((await Promise.all(knocks)).toSorted()).toEqual([IN, IN, BUSY]);
    await drained;
  });

  it.each([
    ["its deadline", "deadline", 100, () => undefined],
    ["the service is stopped", "draining", 60_000, () => gate.stop()],
  ])("is answered 503 when %s ends it", async (_, code, eventDeadline, stop) => {
    const token = await startSlow(eventDeadline);
    const waiting = knock(door, bearer(token));
    await asked();
    stop();
    expect(await waiting).toEqual([503, code, null]);
    await gate.drain(60_000);
  });
});
