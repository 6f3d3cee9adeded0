import { type CryptoKey, exportSPKI, importJWK, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { bearer, type Door, IN, knock, NO_TOKEN, oidcOf, startDoor, WRONG } from "../kit/door.js";
import { AUDIENCE, inSeconds, type Issuer, startIssuer } from "../kit/issuer.js";

describe("OIDC tokens (OIDC_AUDIENCE, OIDC_ISSUER)", () => {
  let service: Door;
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer("RS256");
    service = await startDoor(oidcOf(issuer));
  });
  afterAll(async () => {
    await service.close();
    await issuer.close();
  });

  it.each([
    ["as Knative's", {}],
    ["for several audiences", { aud: ["https://kubernetes.default.svc", AUDIENCE] }],
    ["expired within the tolerance of clocks", { exp: inSeconds(-5) }],
    ["not valid for some seconds yet", { nbf: inSeconds(5) }],
  ])("valid: %s", async (_name, claims) => {
    expect(await knock(service, bearer(await issuer.token(claims)))).toEqual(IN);
  });

  it.each([
    ["expired", { exp: inSeconds(-60) }, "the token has expired"],
    ["not valid for long", { nbf: inSeconds(3700), exp: inSeconds(7200) }, "the token is not valid yet"],
    ["without an end", { exp: undefined }, "the token has no time at which it expires"],
    ["for somebody else", { aud: "somebody" }, "the token is for another audience than OIDC_AUDIENCE"],
    ["for several others", { aud: ["a", "b", `${AUDIENCE}x`] }, "another audience"],
    ["for nobody", { aud: undefined }, "another audience"],
    ["of another issuer", { iss: "https://evil.example" }, "the token is of another issuer than OIDC_ISSUER"],
    ["of no issuer", { iss: undefined }, "another issuer"],
    ["of the issuer, but for a slash", { iss: "slash" }, "another issuer"],
  ])("refused: %s", async (_name, claims, reason) => {
    const token = await issuer.token("iss" in claims && claims.iss === "slash" ? { iss: `${issuer.url}/` } : claims);
    expect(await knock(service, bearer(token))).toEqual(WRONG);
    expect(service.log()).toContain(reason);
    expect(service.log()).not.toContain(token.slice(-20));
  });

  it.each([60, 3500])("to be sent again later, for one of the clocks is wrong: not valid for %d s", async (seconds) => {
    const times = { nbf: inSeconds(seconds), iat: inSeconds(seconds), exp: inSeconds(seconds + 3600) };
    expect(await knock(service, bearer(await issuer.token(times)))).toEqual([503, "clocks-apart", null]);
    expect(await knock(service, bearer(await issuer.token({ ...times, aud: "somebody" })))).toEqual(WRONG);
  });

  const claims = () => ({ iss: issuer.url, aud: AUDIENCE, exp: inSeconds(600) });
  const key = () => (issuer.keys() as { keys: JWK[] }).keys[0];
  it.each([
    ["unsigned (alg none)", () => new UnsecuredJWT(claims()).encode()],
    ["HS256 with the public key as its secret", async () => {
      const pem = await exportSPKI((await importJWK(key(), "RS256", { extractable: true })) as CryptoKey);
      return new SignJWT(claims()).setProtectedHeader({ alg: "HS256", kid: key().kid }).sign(Buffer.from(pem));
    }],
    ["HS256 with the modulus as its secret", () => new SignJWT(claims()).setProtectedHeader({ alg: "HS256", kid: key().kid }).sign(Buffer.from(key().n!.padEnd(64)))],
    ["of another key under a known name", async () => { const other = await startIssuer("RS256"); const token = await other.token(claims(), { kid: key().kid }); await other.close(); return token; }],
    ["changed claims", async () => { const [head, , end] = (await issuer.token()).split("."); return [head, Buffer.from(JSON.stringify({ ...claims(), sub: "me" })).toString("base64url"), end].join("."); }],
    ["without its signature", async () => `${(await issuer.token()).split(".").slice(0, 2).join(".")}.`],
    ["with a critical header that nobody knows", async () => {
      const [, payload, end] = (await issuer.token()).split(".");
      return [Buffer.from(JSON.stringify({ alg: "RS256", kid: key().kid, crit: ["x"], x: 1 })).toString("base64url"), payload, end].join(".");
    }],
    ["garbage", () => "garbage"],
    ["three parts of garbage", () => "a.b.c"],
    ["dots", () => ".."],
    ["five parts, as if encrypted", () => "a.b.c.d.e"],
    ["no UTF-8", () => "\u00ff\u00fe"],
    ["nested JSON", () => `${Buffer.from("[".repeat(2000)).toString("base64url")}.e30.x`],
    ["10 kB", () => "x".repeat(10_000)],
  ] as [string, () => string | Promise<string>][])("refused: %s", async (_name, make) => {
    expect(await knock(service, bearer(await make()))).toEqual(WRONG);
  });

  it("are refused without a header, and where they stand in the address", async () => {
    expect(await knock(service, {})).toEqual(NO_TOKEN);
    expect(await knock(service, {}, `/?access_token=${await issuer.token()}`)).toEqual(NO_TOKEN);
  });

  it("need no name of their key where the issuer has one only, and are taken with a new key at once", async () => {
    expect(await knock(service, bearer(await issuer.token({}, { kid: undefined })))).toEqual(IN);
    expect(issuer.fetched()).toBe(1); // for all the tokens above
    await issuer.rotate();
    expect(await Promise.all([1, 2, 3].map(async () => knock(service, bearer(await issuer.token()))))).toEqual([IN, IN, IN]);
    expect(issuer.fetched()).toBe(2);
    expect(await knock(service, bearer(await issuer.token({}, { kid: undefined })))).toEqual(WRONG); // OpenID Connect Core §10.1
  });

  it("of a key that the issuer does not have are refused", async () => {
    const other = await startIssuer();
    await other.rotate({ published: false });
    const own = await startDoor(oidcOf(other));
    expect(await knock(own, bearer(await other.token()))).toEqual(WRONG);
    expect(own.log()).toContain("the token is signed with a key that is none of the issuer's");
    await own.close();
    await other.close();
  });

  it.each(["ES256", "PS256", "EdDSA"])("may be signed with %s", async (algorithm) => {
    const other = await startIssuer(algorithm);
    const own = await startDoor(oidcOf(other));
    expect(await knock(own, bearer(await other.token()))).toEqual(IN);
    await own.close();
    await other.close();
  });

  it("and a shared secret: either will do", async () => {
    const own = await startDoor({ ...oidcOf(issuer), token: "secret" });
    const outcomes = [await knock(own, bearer("secret")), await knock(own, bearer(await issuer.token())), await knock(own, bearer("neither")), await knock(own, {})];
    await own.close();
    expect(outcomes).toEqual([IN, IN, WRONG, NO_TOKEN]);
  });
});
