import { CredentialsFailed } from "../../src/errors.js";
import { holdCredentials } from "../../src/storage/credential-holder.js";
import type { Credentials, GivenCredentials } from "../../src/storage/credentials.js";
import { failureOf } from "./support.js";

const numbered = (n: number): Credentials => ({ accessKeyId: `STS.${n}`, accessKeySecret: `secret-${n}`, sessionToken: `token-${n}` });
const MINUTE = 60_000;
/** As STS gives them. */
const given = (n: number): GivenCredentials => ({ ...numbered(n), lifetime: 60 * MINUTE });

/** A provider whose answers the test gives one by one, and a clock. */
function scene() {
  const waiting: { resolve: (value: GivenCredentials) => void; reject: (error: Error) => void }[] = [];
  let time = 0;
  const holder = holdCredentials(
    () => new Promise<GivenCredentials>((resolve, reject) => waiting.push({ resolve, reject })),
    () => time,
  );
  return { waiting, holder, pass: (milliseconds: number) => void (time += milliseconds) };
}

/** Reads that OSS refuses, whatever the key: each asks for another one. */
function refusing() {
  let time = 0;
  let count = 0;
  const holder = holdCredentials(() => Promise.resolve(given(++count)), () => time);
  return { exchanges: () => count, read: async () => holder.renewed(await holder.get()), pass: (milliseconds: number) => void (time += milliseconds) };
}

describe("holding credentials", () => {
  it("asks once, however many reads wait", async () => {
    const { waiting, holder } = scene();
    const reads = [holder.get(), holder.get(), holder.get()];
    waiting[0]?.resolve(given(1));
    expect(await Promise.all(reads)).toEqual([numbered(1), numbered(1), numbered(1)]);
    expect(await holder.get()).toEqual(numbered(1));
    expect(waiting.length).toBe(1);
  });

  it("asks ahead: reads go on with the old ones meanwhile", async () => {
    const { waiting, holder, pass } = scene();
    const first = holder.get();
    waiting[0]?.resolve(given(1));
    await first;
    pass(46 * MINUTE);
    expect(await Promise.all([holder.get(), holder.get()])).toEqual([numbered(1), numbered(1)]);
    expect(waiting.length).toBe(2);
    waiting[1]?.resolve(given(2));
    await new Promise(setImmediate);
    expect(await holder.get()).toEqual(numbered(2));
  });

  it("waits for new ones after a long pause", async () => {
    const { waiting, holder, pass } = scene();
    const first = holder.get();
    waiting[0]?.resolve(given(1));
    await first;
    pass(60 * MINUTE);
    const late = holder.get();
    waiting[1]?.resolve(given(2));
    expect(await late).toEqual(numbered(2));
  });

  it("keeps good ones for as long as they are good where asking ahead fails, and asks again after a pause", async () => {
    const { waiting, holder, pass } = scene();
    const first = holder.get();
    waiting[0]?.resolve(given(1));
    await first;
    pass(46 * MINUTE);
    await holder.get();
    waiting[1]?.reject(new Error("STS is down"));
    await new Promise(setImmediate);
    expect(await holder.get()).toEqual(numbered(1));
    expect(waiting.length).toBe(2);
    pass(6_000);
    expect(await Promise.all([holder.get(), holder.get()])).toEqual([numbered(1), numbered(1)]);
    expect(waiting.length).toBe(3);
    waiting[2]?.reject(new CredentialsFailed("STS is still down"));
    await new Promise(setImmediate);
    pass(14 * MINUTE);
    const late = failureOf(holder.get());
    waiting[3]?.reject(new CredentialsFailed("STS is down for good"));
    expect((await late).message).toBe("STS is down for good");
  });

  it("keeps what has no end until it is refused", async () => {
    const { waiting, holder, pass } = scene();
    const first = holder.get();
    waiting[0]?.resolve(numbered(1));
    await first;
    pass(1000 * 60 * MINUTE);
    expect(await holder.get()).toEqual(numbered(1));
    expect(waiting.length).toBe(1);
  });

  it("does not keep a failure", async () => {
    const { waiting, holder } = scene();
    const first = holder.get();
    waiting[0]?.reject(new CredentialsFailed("STS is down"));
    expect(await failureOf(first)).toBeInstanceOf(CredentialsFailed);
    const second = holder.get();
    waiting[1]?.resolve(given(1));
    expect(await second).toEqual(numbered(1));
  });

  it("asks again once for all reads whose credentials were refused, and says where nothing new came", async () => {
    const { waiting, holder, pass } = scene();
    const first = holder.get();
    waiting[0]?.resolve(given(1));
    const old = await first;
    const renewals = [holder.renewed(old), holder.renewed(old)];
    waiting[1]?.resolve(given(2));
    expect(await Promise.all(renewals)).toEqual([numbered(2), numbered(2)]);
    expect(await holder.renewed(old)).toEqual(numbered(2)); // a read that was late: they are new already
    expect(waiting.length).toBe(2);
    pass(6_000);
    const useless = holder.renewed(numbered(2));
    waiting[2]?.resolve(given(2));
    expect(await useless).toBeUndefined();
  });

  it("gives up asking for a while where new ones are refused like the old ones: few exchanges in an hour, however many reads", async () => {
    const { exchanges, read, pass } = refusing();
    for (let second = 0; second < 3600; second++, pass(1000)) for (let n = 0; n < 3; n++) await read();
    expect(exchanges()).toBe(7); // with three secrets each no more than src/secrets.ts remembers
  });

  it("asks again soon where the refusals had ended meanwhile", async () => {
    const { exchanges, read, pass } = refusing();
    for (const [minutes, expected] of [[0, 2], [1, 3], [2, 4], [3, 5]]) {
      pass(minutes * MINUTE);
      await read();
      expect(exchanges()).toBe(expected);
    }
  });

  it("asks again at once where asking failed", async () => {
    const { waiting, holder } = scene();
    const first = holder.get();
    waiting[0]?.resolve(given(1));
    const old = await first;
    const failed = failureOf(holder.renewed(old));
    waiting[1]?.reject(new CredentialsFailed("STS is down"));
    await failed;
    const next = holder.renewed(old);
    waiting[2]?.resolve(given(2));
    expect(await next).toEqual(numbered(2));
  });
});

