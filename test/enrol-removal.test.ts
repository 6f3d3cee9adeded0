import { rm } from "node:fs/promises";
import type { ForgottenData } from "../src/events/result-schema.js";
import { cropsOf, startPeople } from "./kit/people.js";
import { type Answer, notification, sendEvent, start } from "./kit/service.js";

let rig: Awaited<ReturnType<typeof startPeople>>;
beforeAll(async () => {
  rig = await startPeople();
});
afterAll(() => rig.close());

it("a photo that another pod forgot, and could tell nobody, is forgotten by the same result when its event comes again", async () => {
  const { crops: [crop] } = await cropsOf(rig, 5);
  const key = "people/Ida/face.jpg";
  await rig.put(key, crop);
  await rig.say({ key });
  await rm(rig.bucket.path(key));
  const removed = (id: string) => notification({ bucket: "photos", key, eventName: "ObjectRemoved:DeleteObject" }, "eventbridge", id);
  const event = removed("ida-removed");
  const first = await sendEvent(rig.service.url, event);
  const other = await start({ STORAGE: rig.bucket.root, GALLERY: rig.gallery });
  try {
    await other.ready;
    const again = await sendEvent(other.url, event);
    const attributes = ({ headers }: Answer) => ["ce-type", "ce-id", "ce-source", "ce-subject"].map((name) => headers.get(name));
    expect(attributes(again)).toEqual(attributes(first));
    expect(attributes(again)[0]).toBe("faces.person.forgotten");
    const { image: { etag: _, ...image }, ...data } = JSON.parse(first.text) as ForgottenData;
    expect(JSON.parse(again.text)).toEqual({ image, ...data });
    expect(other.log()).toMatch(/^audit: forgot Ida from oss:\/\/photos\/people\/Ida\/face\.jpg: it was removed, as a delivery before this one found \{"photos":0\}$/m);
    expect((await sendEvent(other.url, removed("another"))).status).toBe(204);
  } finally {
    await other.close();
  }
});
