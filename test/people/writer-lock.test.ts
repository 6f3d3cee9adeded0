import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GalleryUnavailable } from "../../src/errors.js";
import { folderTurns } from "../../src/people/folder-turns.js";
import { lanceCalls } from "../../src/people/lance-calls.js";
import { bucketTurns } from "../../src/people/bucket-turns.js";
import { turnLock } from "../../src/people/writer-lock.js";
import { type OssRelay, startOssRelay } from "../../src/storage/oss-relay.js";
import { startOssBucketServer } from "./oss-bucket-server.js";
import type { LastTurn, Turn, Turns } from "../../src/people/writer-lock.js";

const KEYS = { accessKeyId: "LTAItestkeyid", accessKeySecret: "test-secret-of-the-key", sessionToken: "test-session-token" };
const PACE = { silence: 400, sign: 20, wait: 10 };
const calls = lanceCalls("a test", []);

/** A promise and how it is kept. */
function gate(): { open: () => void; opened: Promise<void> } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

/** Turns of which the test sees each sign, and can hold it up or suppress it. */
function watched<Seen extends LastTurn>(turns: Turns<Seen>, sign: (turn: Turn) => Promise<boolean>): Turns<Seen> {
  return {
    last: () => turns.last(),
    async take(after) {
      const turn = await turns.take(after);
      return turn && { sign: () => sign(turn), giveBack: () => turn.giveBack() };
    },
  };
}

describe.each(["folder", "bucket"])("turns in a %s", (kind) => {
  let close: () => Promise<unknown>;
  /** As another process has them. */
  let open: () => Promise<Turns<LastTurn>>;
  beforeEach(async () => {
    if (kind === "folder") {
      const place = await mkdtemp(join(tmpdir(), "turns-"));
      open = () => Promise.resolve(folderTurns(place, "write"));
      close = () => rm(place, { recursive: true });
    } else {
      const server = await startOssBucketServer("faces", KEYS);
      const relays: OssRelay[] = [];
      open = async () => {
        const relay = await startOssRelay("oss://faces/a gallery", { endpoint: server.url, region: "cn-hangzhou", credentials: () => Promise.resolve(KEYS), backoff: 1 });
        relays.push(relay);
        return bucketTurns(relay.objects, "write");
      };
      close = () => Promise.all([server, ...relays].map((one) => one.close()));
    }
  });
  afterEach(() => close());

  /** Settles after so many signs of life that were given. */
  function counting(wanted: number) {
    let given = 0;
    const enough = gate();
    const sign = async (turn: Turn) => {
      if (++given === wanted) enough.open();
      return turn.sign();
    };
    return { sign, enough: enough.opened };
  }

  it("are one at a time from the first one on, where several ask at once", async () => {
    let holders = 0;
    const order: number[] = [];
    const work = async (which: number) => {
      expect(++holders).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 2));
      order.push(which);
      holders--;
    };
    const locks = await Promise.all(Array.from({ length: 4 }, async () => turnLock(await open(), "write", calls, { ...PACE, silence: 60_000 })));
    await Promise.all(locks.map(async (lock, which) => {
      for (let times = 0; times < 5; times++) await lock.held(() => work(which), 30_000);
    }));
    expect(order.sort()).toEqual([0, 1, 2, 3].flatMap((which) => Array<number>(5).fill(which)));
  });

  it("are not had by one who looked long ago, though nothing is left of the turn that was next then", async () => {
    const [slow, quick] = [await open(), await open()];
    const seen = await slow.last();
    for (let times = 0; times < 3; times++) await (await quick.take(await quick.last()))!.giveBack();
    expect(await slow.take(seen)).toBeUndefined();
    expect(await slow.last()).toMatchObject({ over: true });
    expect(await slow.take(await slow.last())).toBeDefined();
    expect(await quick.last()).toMatchObject({ over: false });
  });

  it("are not taken over from one who gave a sign of life after the others looked", async () => {
    const [mine, other] = [await open(), await open()];
    const turn = (await mine.take(await mine.last()))!;
    const seen = await other.last();
    await turn.sign();
    expect(await other.take(seen)).toBeUndefined();
    expect(await turn.sign()).toBe(false); // it learns of it
    expect(await other.last()).toMatchObject({ over: false }); // and has time for that
  });

  it("of one process are taken one after another: nobody's signs of life count for somebody else", async () => {
    const lock = turnLock(await open(), "write", calls, PACE);
    const first = gate();
    const holding = lock.held(() => first.opened, 10_000);
    await expect(lock.held(() => Promise.resolve(), 0)).rejects.toThrow(/in vain/);
    let entered = false;
    const next = lock.held(() => Promise.resolve((entered = true)), 10_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(entered).toBe(false);
    first.open();
    await Promise.all([holding, next]);
    expect(entered).toBe(true);
  });

  it("are one's own for as long as one gives signs of life, however long that is", async () => {
    const { sign, enough } = counting(60); // over 1.2 s
    const mine = turnLock(watched(await open(), sign), "write", calls, { ...PACE, silence: 1000 });
    const other = turnLock(await open(), "write", calls, { ...PACE, silence: 1000 });
    const order: string[] = [];
    let later: Promise<unknown> | undefined;
    await mine.held(async () => {
      later = other.held(() => Promise.resolve(order.push("other")), 30_000);
      await enough;
      mine.check();
      order.push("mine");
    }, 0);
    await later;
    expect(order).toEqual(["mine", "other"]);
  });

  it("are given back at once when a sign is under way", async () => {
    const [begun, answer, ended] = [gate(), gate(), gate()];
    const sign = async (turn: Turn) => {
      begun.open();
      await answer.opened;
      return turn.sign().finally(ended.open);
    };
    const turns = await open();
    const held = turnLock(watched(turns, sign), "write", calls, PACE).held(() => begun.opened, 0);
    await begun.opened;
    for (let i = 0; i < 300; i++) await new Promise(setImmediate); // slow, as in a bucket
    answer.open();
    await Promise.all([held, ended.opened]);
    expect(await turns.last()).toMatchObject({ over: true });
    expect(await turnLock(await open(), "write", calls, { ...PACE, silence: 60_000 }).held(() => Promise.resolve("other"), 0)).toBe("other");
  });

  it("pass to another one after silence, and who was silent is told before writing", async () => {
    const silent = turnLock(watched(await open(), () => Promise.reject(new Error("frozen"))), "write", calls, PACE);
    const other = turnLock(await open(), "write", calls, PACE);
    await silent.held(async () => {
      expect(() => silent.check()).not.toThrow();
      await expect(other.held(() => Promise.resolve("too early"), 100)).rejects.toThrow(/Waited 0 s for a turn to write in vain/);
      expect(await other.held(() => Promise.resolve("taken over"), 10_000)).toBe("taken over");
      expect(() => silent.check()).toThrow(GalleryUnavailable);
    }, 0);
    expect(await other.held(() => Promise.resolve("still works"), 10_000)).toBe("still works");
  });

  it("are lost for one who learns by a sign that another took over: it writes nothing more", async () => {
    const mine = turnLock(await open(), "write", calls, { ...PACE, silence: 60_000 });
    const other = await open();
    await mine.held(async () => {
      mine.check();
      expect(await other.take(await other.last())).toBeDefined();
      for (;;) {
        try {
          mine.check();
        } catch (error) {
          expect(error).toBeInstanceOf(GalleryUnavailable);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }, 0);
  });

  it("are lost for one whose sign comes too late", async () => {
    const turns = await open();
    const turn = (await turns.take(await turns.last()))!;
    await turn.sign();
    const later = await open();
    const next = (await later.take(await later.last()))!;
    expect(await turn.sign()).toBe(false);
    await next.sign();
    await next.giveBack();
    expect(await turns.last()).toMatchObject({ over: true });
  });
});
