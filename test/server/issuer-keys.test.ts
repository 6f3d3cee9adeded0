import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bearer, EVENT, IN, knock, LATER, NO_TOKEN, oidcOf, startDoor, WRONG } from "../kit/door.js";
import { type Issuer, json, startIssuer } from "../kit/issuer.js";
import { send } from "../kit/service.js";

describe("nobody is let in where the issuer's keys cannot be had, and the sender may come again", () => {
  const DISCOVERY = "/.well-known/openid-configuration";
  let other: Issuer;
  beforeEach(async () => {
    other = await startIssuer();
  });
  afterEach(() => other.close());

  it.each<[string, string, Parameters<Issuer["instead"]>[1], string]>([
    ["answers 500", DISCOVERY, (_, response) => response.writeHead(500).end("{}"), "answered 500"],
    ["redirects", DISCOVERY, (_, response) => response.writeHead(302, { location: "/keys" }).end(), "answered 302"],
    ["redirects to its keys", "/keys", (_, response) => response.writeHead(307, { location: "/elsewhere" }).end(), "answered 307"],
    ["answers HTML", DISCOVERY, (_, response) => response.setHeader("content-type", "text/html").end("<html>"), "sent no JSON"],
    ["answers HTML for its keys", "/keys", (_, response) => response.end("<html>"), "sent no JSON"],
    ["hangs up", "/keys", (request) => request.socket.destroy(), "could not be asked"],
    ["cuts its answer short", "/keys", (_, response) => { response.writeHead(200, { "content-length": 100 }).write("{"); response.destroy(); }, "could not be asked"],
    ["sends without end", "/keys", (_, response) => void response.end(Buffer.alloc(300_000, " ")), "sent no JSON"],
    ["names another issuer", DISCOVERY, (_, response) => json(response, { issuer: "https://other.example", jwks_uri: "http://127.0.0.1/keys" }), "of another issuer"],
    ["names no keys", DISCOVERY, (request, response) => json(response, { issuer: `http://${request.headers.host}` }), "names no issuer and jwks_uri"],
    ["names keys in a file", DISCOVERY, (request, response) => json(response, { issuer: `http://${request.headers.host}`, jwks_uri: "file:///etc/passwd" }), "jwks_uri is not https"],
    ["has no keys", "/keys", (_, response) => json(response, { keys: [] }), "no set of keys"],
    ["sends keys of another form", "/keys", (_, response) => json(response, { keys: { kty: "RSA" } }), "no set of keys"],
    ["sends a key that is none", "/keys", (_, response) => json(response, { keys: [{ kty: "EC", crv: "P-256", kid: "key-1", x: "AQAB", y: "AQAB" }] }), "key cannot be used"],
  ])("%s", async (_name, path, answer, reason) => {
    other.instead(path, answer);
    const own = await startDoor(oidcOf(other));
    const outcome = await knock(own, bearer(await other.token()));
    await own.close();
    expect(outcome).toEqual(LATER);
    expect(own.log()).toContain("warn: retry: issuer-unavailable: ");
    expect(own.log()).toContain(reason);
  });

  it("a 503 says when to come again, and the keys are asked for again then", async () => {
    other.instead(DISCOVERY, (_, response) => response.writeHead(503).end());
    const own = await startDoor(oidcOf(other));
    const token = await other.token();
    const first = await send(own.url, { ...EVENT, ...bearer(token) });
    const flood = await Promise.all(Array.from({ length: 30 }, () => knock(own, bearer(token))));
    const asked = other.asked.length;
    await own.close();
    expect([first.status, first.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(flood).toEqual(Array(30).fill(LATER));
    expect(asked).toBeLessThanOrEqual(2); // not once for each of them
  });

  it("a shared secret needs no issuer", async () => {
    other.instead(DISCOVERY, (request) => request.socket.destroy());
    const own = await startDoor({ ...oidcOf(other), token: "secret" });
    expect(await knock(own, bearer("secret"))).toEqual(IN);
    expect(await knock(own, {})).toEqual(NO_TOKEN);
    expect(other.asked).toEqual([]);
    await own.close();
  });

  it("keys may be on another host, as the discovery document says", async () => {
    const host = createServer((_, response) => json(response, other.keys())).listen(0, "localhost");
    await once(host, "listening");
    const { port } = host.address() as AddressInfo;
    other.instead(DISCOVERY, (_, response) => json(response, { issuer: other.url, jwks_uri: `http://localhost:${port}/jwks` }));
    const own = await startDoor(oidcOf(other));
    expect(await knock(own, bearer(await other.token()))).toEqual(IN);
    await own.close();
    host.close();
  });
});

describe("the keys from elsewhere (OIDC_JWKS)", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "oss-faces-keys-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("an address: no discovery document is asked for", async () => {
    const other = await startIssuer();
    const own = await startDoor(oidcOf(other, `${other.url}/keys`));
    expect(await knock(own, bearer(await other.token()))).toEqual(IN);
    expect(other.asked.map(({ path }) => path)).toEqual(["/keys"]);
    await own.close();
    await other.close();
  });

  it("a file: read again when it changes, and nobody is let in while it cannot be read", async () => {
    const file = join(folder, "keys.json");
    const other = await startIssuer();
    const own = await startDoor(oidcOf(other, file));
    const old = await other.token();
    expect(await knock(own, bearer(old))).toEqual(LATER); // not there yet
    await writeFile(file, JSON.stringify(other.keys()));
    expect(await knock(own, bearer(old))).toEqual(IN);
    await other.rotate();
    const fresh = await other.token();
    expect(await knock(own, bearer(fresh))).toEqual(WRONG);
    await writeFile(file, JSON.stringify({ keys: (other.keys() as { keys: object[] }).keys.slice(1) }));
    expect([await knock(own, bearer(fresh)), await knock(own, bearer(old))]).toEqual([IN, WRONG]);
    await writeFile(file, '{"keys":[');
    expect(await knock(own, bearer(fresh))).toEqual(LATER);
    expect(other.asked).toEqual([]);
    await own.close();
    await other.close();
  });
});
