import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK } from "jose";
import { type KeySet, keysWithCooldown } from "../../src/server/key-cooldown.js";

const HEADER = { alg: "ES256" };
const token = { payload: "", signature: "" };
let jwk: JWK;
beforeAll(async () => {
  jwk = await exportJWK((await generateKeyPair("ES256", { extractable: true })).publicKey);
});

/** An issuer that has the keys named `kids`, or fails; and a clock. */
function rig(...kids: string[]) {
  return rigBy(undefined, ...kids);
}

/** The same with another clock. */
function rigBy(clock: { now?: () => number } | undefined, ...kids: string[]) {
  const state = { kids, loads: 0, now: 0, fails: false };
  const load = (): Promise<KeySet> => {
    state.loads += 1;
    return state.fails ? Promise.reject(new Error("issuer down")) : Promise.resolve(createLocalJWKSet({ keys: state.kids.map((kid) => ({ ...jwk, kid })) }));
  };
  const keyOf = keysWithCooldown(load, { cooldown: 20, renewAfter: 1000, keepFor: 5000, ...(clock ?? { now: () => state.now }) });
  const ask = async (kid: string) => {
    try {
      await keyOf({ ...HEADER, kid }, token);
      return "found";
    } catch (error) {
      return (error as { code?: string }).code ?? (error as Error).message;
    }
  };
  return { state, ask };
}
const UNKNOWN = "ERR_JWKS_NO_MATCHING_KEY";

describe("keys of an issuer", () => {
  it("are loaded again however the time of day is set", async () => {
    const timeOfDay = Date.now;
    let set = 0;
    Date.now = () => timeOfDay() + set;
    try {
      const { state, ask } = rigBy({}, "a");
      await ask("a");
      set = -3_600_000;
      expect([await ask("b"), state.loads]).toEqual([UNKNOWN, 2]);
    } finally {
      Date.now = timeOfDay;
    }
  });

  it("are loaded once, however many ask at once", async () => {
    const { state, ask } = rig("a");
    expect(await Promise.all(["a", "a", "a"].map(ask))).toEqual(["found", "found", "found"]);
    expect([await ask("a"), state.loads]).toEqual(["found", 1]);
  });

  it("that are unknown right after they were loaded for the token are not loaded again", async () => {
    const { state, ask } = rig("a");
    expect([await ask("b"), state.loads]).toEqual([UNKNOWN, 1]);
  });

  it("that are unknown are loaded again, once for all who wait, and a new one is found", async () => {
    const { state, ask } = rig("a");
    await ask("a");
    state.kids.push("b");
    expect(await Promise.all(["b", "c", "b", "d"].map(ask))).toEqual(["found", UNKNOWN, "found", UNKNOWN]);
    expect(state.loads).toBe(2);
  });

  it("that are unknown while the issuer is down may be new: nobody can tell; the known ones are good", async () => {
    const { state, ask } = rig("a");
    await ask("a");
    state.fails = true;
    expect(await Promise.all(["b", "a", "c"].map(ask))).toEqual(["issuer down", "found", "issuer down"]);
    expect([await ask("b"), state.loads]).toEqual(["issuer down", 2]); // not asked again so soon
    state.now += 20;
    state.fails = false;
    expect([await ask("b"), state.loads]).toEqual([UNKNOWN, 3]);
  });

  it("that could not be loaded are asked for again after a while", async () => {
    const { state, ask } = rig("a");
    state.fails = true;
    expect([await ask("a"), await ask("a"), state.loads]).toEqual(["issuer down", "issuer down", 1]);
    state.now += 20;
    state.fails = false;
    expect([await ask("a"), state.loads]).toEqual(["found", 2]);
  });

  it("are renewed while the old ones are used, and used no longer than for an hour", async () => {
    const { state, ask } = rig("a");
    await ask("a");
    state.now = 1001;
    state.kids = ["b"];
    expect([await ask("a"), state.loads]).toEqual(["found", 2]);
    expect([await ask("b")]).toEqual(["found"]);
    state.fails = true;
    state.now = 1001 + 5000;
    expect(await ask("b")).toBe("issuer down");
  });
});
