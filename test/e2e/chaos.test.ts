import { once } from "node:events";
import { connect } from "node:net";
import { startBalancer } from "../kit/balancer.js";
import { type Collected, startCollector } from "../kit/collector.js";
import { randomOf } from "../kit/random.js";
import { send } from "../kit/service.js";
import { makeUpPhoto, type Photo, readContents } from "./chaos/photos.js";
import { judge } from "./chaos/verdict.js";

/** What `npm run chaos` judges with: a verdict that passes over a lost photo would be worth nothing. */
describe("the verdict of a chaos run", () => {
  const photo = (id: string, content: string): Photo => ({ id, key: `${id}.jpg`, content, form: "eventbridge", mode: "binary", faults: [] });
  const box = (x: number) => [{ box: { x, y: 0, width: 1, height: 1 } }] as never[];
  const photos = [photo("good", "one face"), photo("bad", "damaged"), photo("none", "empty")];
  const expected = new Map([["one face", { faces: 1 }], ["damaged", { code: "undecodable" }], ["empty", { skipped: "empty-object" }]] as const);
  const analyzed = (changes: Partial<Collected> = {}): Collected => ({ type: "faces.image.analyzed", source: "/s", id: "1", subject: "photos/good.jpg", cause: "good", data: { faces: box(1) }, ...changes });
  const failed: Collected = { type: "faces.image.failed", source: "/s", id: "2", subject: "photos/bad.jpg", cause: "bad", data: { error: { code: "undecodable" } } };
  const verdict = (way: Collected[], skipped: [string, string][] = [["photos/none.jpg", "empty-object"]]) =>
    judge({ photos, expected, quiet: new Map([["one face", box(1)]]), received: { way }, skipped: new Map(skipped.map(([what, reason]) => [what, new Set([reason])])) });

  it("is good where every photo has one result, however often it came", () => {
    expect(verdict([analyzed(), failed, analyzed()])).toEqual({ duplicates: { way: 1 }, wrong: [] });
  });

  it.each<[string, Collected[], [string, string][] | undefined, string]>([
    ["a result is missing", [analyzed()], undefined, "way: bad (bad.jpg, damaged) has 0 results"],
    ["a photo has two", [analyzed(), analyzed({ id: "3" }), failed], undefined, "way: good (good.jpg, one face) has 2 results"],
    ["two instances sign differently", [analyzed(), analyzed({ source: "/t" }), failed], undefined, "way: good (good.jpg, one face) has 2 results"],
    ["faces are missing", [analyzed({ data: { faces: [] } }), failed], undefined, "way: good (good.jpg, one face): 0 faces, not 1"],
    ["a box is elsewhere", [analyzed({ data: { faces: box(2) } }), failed], undefined, "way: good (good.jpg, one face): other faces than in a quiet run"],
    ["only a duplicate is wrong", [analyzed(), analyzed({ data: { faces: [] } }), failed], undefined, "way: good (good.jpg, one face): 0 faces, not 1"],
    ["a good photo failed", [analyzed({ type: "faces.image.failed", data: { error: { code: "undecodable" } } }), failed], undefined, "way: good (good.jpg, one face): faces.image.failed undecodable"],
    ["a damaged one failed of something else", [analyzed(), { ...failed, data: { error: { code: "object-not-found" } } }], undefined, "way: bad (bad.jpg, damaged): faces.image.failed object-not-found, not undecodable"],
    ["it is about another object", [analyzed({ subject: "photos/bad.jpg" }), failed], undefined, "way: good (good.jpg, one face): its result is about photos/bad.jpg"],
    ["nobody asked", [analyzed(), failed, analyzed({ id: "4", cause: "who" })], undefined, "way: a result of who, which nobody sent"],
    ["an empty object was never looked at", [analyzed(), failed], [], "none (none.jpg, empty) was skipped for nothing"],
    ["a good photo was skipped", [analyzed(), failed], [["photos/none.jpg", "empty-object"], ["photos/good.jpg", "not-a-picture"]], "good (good.jpg, one face) was skipped for not-a-picture"],
  ])("is bad where %s", (_name, way, skipped, wrong) => {
    expect(verdict(way, skipped).wrong).toEqual([wrong]);
  });
});

it("the same seed makes the same photos and faults", async () => {
  const contents = await readContents();
  const made = (seed: number) => {
    const random = randomOf(seed);
    return Array.from({ length: 200 }, (_, number) => makeUpPhoto(number, contents, random));
  };
  expect(made(1)).toEqual(made(1));
  expect(made(1)).not.toEqual(made(2));
  expect(new Set(made(1).map(({ content }) => content)).size).toBe(contents.expected.size);
  expect(made(1).some(({ faults }) => faults.length > 2)).toBe(true);
});

it("the balancer sends connections to its instances in turn, and resets them where there is none", async () => {
  const [balancer, first, second] = await Promise.all([startBalancer(), startCollector(), startCollector()]);
  const event = { "ce-id": "1", "ce-type": "t", "ce-source": "/s", "ce-specversion": "1.0", connection: "close" };
  for (const { url } of [first, second]) balancer.targets.add(Number(new URL(url).port));
  for (let i = 0; i < 4; i++) expect((await send(balancer.url, event)).status).toBe(202);
  expect([first.received.length, second.received.length]).toEqual([2, 2]);

  balancer.empty();
  const refused = balancer.refused();
  const socket = connect(Number(new URL(balancer.url).port), "127.0.0.1");
  await expect(once(socket, "close")).rejects.toThrow("ECONNRESET");
  await refused;
  await Promise.all([balancer.close(), first.close(), second.close()]);
});
