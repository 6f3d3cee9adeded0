import { existsSync, readFileSync } from "node:fs";
import { readFile, rm, utimes } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { AnalyzedData, EnrolledData, ForgottenData, RefusedData } from "../src/events/result-schema.js";
import { loadSharp } from "../src/image/sharp.js";
import { cropsOf, type PeopleRig, startPeople } from "./kit/people.js";
import { ossFaces } from "./kit/cli.js";
import { notification, sample, sendEvent, start } from "./kit/service.js";

const PHOTOS = new URL("../../../shared/fixtures/photos/", import.meta.url);
interface Labels {
  photos: { file: string; person?: string }[];
}

const ajv = new Ajv2020({ strict: false });
const validators = Object.fromEntries(
  ["person.enrolled", "person.refused", "person.forgotten", "image.analyzed"].map((type) => [type, ajv.compile(JSON.parse(readFileSync(new URL(`../../schemas/faces.${type}.json`, import.meta.url), "utf8")) as object)]),
);
const isValid = (type: string, data: unknown) => validators[type](data) || validators[type].errors;

let rig: PeopleRig;
let crops: Buffer[];
let strangers: Buffer[];
beforeAll(async () => {
  rig = await startPeople();
  ({ crops } = await cropsOf(rig, 6));
  ({ crops: strangers } = await cropsOf(rig, 5));
});
afterAll(() => rig.close());

const namesIn = async (key: string) => ((await rig.say({ key })).data as AnalyzedData).faces.map(({ person }) => person?.name ?? null);

describe("an enrolment photo", () => {
  it("enrols its face, which is named from then on", async () => {
    await rig.put("people/王 芳/a.jpg", crops[0]);
    const { answer, data } = await rig.say({ key: "people/王 芳/a.jpg" });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ type: "faces.person.enrolled", subject: "photos/people/王 芳/a.jpg" });
    expect(isValid("person.enrolled", data)).toBe(true);
    expect(data).toMatchObject({ person: { name: "王 芳", photos: 1 }, change: "enrolled", warnings: [], image: { key: "people/王 芳/a.jpg" } });
    expect((data as EnrolledData).face.descriptor).toBeUndefined();
    expect(rig.service.log()).toMatch(/^audit: enrolled 王 芳 from oss:\/\/photos\/people\/王 芳\/a\.jpg \{"etag":"[0-9A-F]{32}","photos":1\}$/m);
    expect(rig.service.log()).toMatch(/^enrolled 王 芳 from photos\/people\/王 芳\/a\.jpg: 1 photo$/m);

    const found = (await rig.say({ key: "sample6.jpg" })).data as AnalyzedData;
    expect(isValid("image.analyzed", found)).toBe(true);
    expect(found.people).toEqual(["王 芳"]);
    expect(found.faces.map(({ person }) => person && person.name)).toEqual(["王 芳", null, null, null]);
    expect(found.faces[0].person!.distance).toBeLessThan(0.3);
    expect(found.faces[0]).toHaveProperty("quality");
    expect(found.faces[0]).not.toHaveProperty("descriptor");
    expect(rig.service.log()).toMatch(/^4 faces in photos\/sample6\.jpg: 王 芳, 3 unknown \(\d+ ms\)$/m);
  });

  it("delivered again changes nothing", async () => {
    const first = await rig.say({ key: "people/王 芳/a.jpg" }, "twice");
    const again = await rig.say({ key: "people/王 芳/a.jpg" }, "twice");
    expect(again.answer.text).toBe(first.answer.text);
    expect(first.data).toMatchObject({ change: "unchanged", person: { photos: 1 } });
    expect(rig.service.log().match(/^audit: enrolled 王 芳/gm)).toHaveLength(1);
  });

  it("is one person's whatever form of Unicode its key has", async () => {
    for (const [form, crop] of [["NFC", crops[1]], ["NFD", crops[1]]] as const) await rig.put(`people/${"Zoë".normalize(form)}/${form}.jpg`, crop);
    await rig.say({ key: `people/${"Zoë".normalize("NFC")}/NFC.jpg` });
    const { data } = await rig.say({ key: `people/${"Zoë".normalize("NFD")}/NFD.jpg` });
    expect(data).toMatchObject({ person: { name: "Zoë".normalize("NFC"), photos: 2 }, warnings: [] });
  });

  it("that is overwritten is replaced, and its removal forgets the person", async () => {
    await rig.put("people/Max/face.jpg", strangers[0]);
    await rig.say({ key: "people/Max/face.jpg" });
    expect(await namesIn("sample5.jpg")).toEqual(["Max", null, null, null, null]);
    await rig.put("people/Max/face.jpg", strangers[1]);
    expect((await rig.say({ key: "people/Max/face.jpg" })).data).toMatchObject({ change: "replaced", person: { photos: 1 } });
    expect(await namesIn("sample5.jpg")).toEqual([null, "Max", null, null, null]);

    const late = await rig.say({ key: "people/Max/face.jpg", eventName: "ObjectRemoved:DeleteObject" });
    expect(late.answer.status).toBe(204);
    expect(rig.service.log()).toContain("skipped photos/people/Max/face.jpg: there-again");

    await rm(rig.bucket.path("people/Max/face.jpg"));
    const { data, answer } = await rig.say({ key: "people/Max/face.jpg", eventName: "ObjectRemoved:DeleteObject" }, "removed");
    expect(answer.headers.get("ce-type")).toBe("faces.person.forgotten");
    expect(isValid("person.forgotten", data)).toBe(true);
    expect(data).toMatchObject({ person: { name: "Max", photos: 0 } } satisfies Partial<ForgottenData>);
    expect(rig.service.log()).toMatch(/^audit: forgot Max from oss:\/\/photos\/people\/Max\/face\.jpg: it was removed/m);
    expect((await rig.say({ key: "people/Max/face.jpg", eventName: "ObjectRemoved:DeleteObject" }, "removed")).answer.text).toBe(answer.text);
    expect(await namesIn("sample5.jpg")).toEqual([null, null, null, null, null]);
    expect((await rig.say({ key: "people/Max/face.jpg", eventName: "ObjectRemoved:DeleteObject" })).answer.status).toBe(204);
    expect(rig.service.log()).toContain("skipped photos/people/Max/face.jpg: not-enrolled");
  });

  it("that looks unlike the person's others, or like somebody else, is enrolled with a warning", async () => {
    await rig.put("people/王 芳/b.jpg", strangers[2]);
    const unlike = (await rig.say({ key: "people/王 芳/b.jpg" })).data as EnrolledData;
    expect(unlike.warnings.map(({ code }) => code)).toEqual(["unlike-others"]);
    await rig.put("people/Double/a.jpg", crops[0]);
    const double = (await rig.say({ key: "people/Double/a.jpg" })).data as EnrolledData;
    expect(double.warnings).toEqual([{ code: "like-somebody-else", message: expect.stringContaining("looks like 王 芳") as string }]);
    await rig.put("people/Third/a.jpg", crops[0]);
    expect(((await rig.say({ key: "people/Third/a.jpg" })).data as EnrolledData).warnings.map(({ code }) => code)).toEqual(["like-somebody-else"]); // of two
    for (const key of ["people/王 芳/b.jpg", "people/Double/a.jpg", "people/Third/a.jpg"]) {
      await rm(rig.bucket.path(key));
      await rig.say({ key, eventName: "ObjectRemoved:DeleteObjects" });
    }
  });
});

describe("a photo that enrols nobody", () => {
  const blank = async () => (await loadSharp())({ create: { width: 300, height: 300, channels: 3, background: "grey" } }).jpeg().toBuffer();
  it.each([
    ["no-name", "people/a.jpg", () => Promise.resolve(crops[0])],
    ["no-name", "people/ /a.jpg", () => Promise.resolve(crops[0])],
    ["no-face", "people/Nobody/a.jpg", blank],
    ["several-faces", "people/Team/a.jpg", () => readFile(sample(6))],
    ["too-small", "people/Small/a.jpg", async () => (await loadSharp())(crops[0]).resize(48).jpeg().toBuffer()],
    ["too-blurred", "people/Blurred/a.jpg", async () => (await loadSharp())(crops[0]).blur(16).jpeg().toBuffer()],
  ])("is refused: %s (%s)", async (reason, key, bytes) => {
    await rig.put(key, await bytes());
    const { answer, data } = await rig.say({ key });
    expect([answer.status, answer.headers.get("ce-type")]).toEqual([200, "faces.person.refused"]);
    expect(isValid("person.refused", data)).toBe(true);
    expect((data as RefusedData).reason).toBe(reason);
    expect(rig.service.log()).toContain(`refused photos/${key}: ${reason}: `);
  });

  it.each([
    ["is no longer a face", blank],
    ["is damaged", () => Promise.resolve(crops[2].subarray(0, 2000))],
    ["is no picture", () => Promise.resolve(Buffer.from("no picture"))],
    ["is empty", () => Promise.resolve(Buffer.alloc(0))],
  ])("forgets what was enrolled from there: it %s", async (_, bytes) => {
    await rig.put("people/Gone/a.jpg", crops[2]);
    expect((await rig.say({ key: "people/Gone/a.jpg" })).data).toMatchObject({ person: { name: "Gone", photos: 1 } });
    const now = await bytes();
    await rig.put("people/Gone/a.jpg", now);
    await rig.say({ key: "people/Gone/a.jpg", size: now.length });
    expect(await namesIn("sample6.jpg")).not.toContain("Gone");
  });

  it("is not found where it was deleted before it was read", async () => {
    const { answer } = await rig.say({ key: "people/Late/a.jpg" });
    expect(answer.headers.get("ce-type")).toBe("faces.image.failed");
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: "object-not-found" } });
  });
});

describe("a person who was forgotten by command", () => {
  it("is not brought back by an old upload that is delivered again, but by a new one", async () => {
    const key = "people/Eve/a.jpg";
    await rig.put(key, strangers[3]);
    await rig.say({ key });
    expect(await namesIn("sample5.jpg")).toContain("Eve");
    const { stdout, code } = await ossFaces(["people", "forget", "Eve"], { GALLERY: rig.gallery, STORAGE: rig.bucket.root });
    expect([code, stdout]).toEqual([0, expect.stringContaining("Eve")]);
    expect(await namesIn("sample5.jpg")).not.toContain("Eve");

    const { data } = await rig.say({ key });
    expect(data).toMatchObject({ reason: "forgotten", person: { name: "Eve" }, message: expect.stringMatching(/forgotten on 20.*upload it again/) as string });
    expect(await namesIn("sample5.jpg")).not.toContain("Eve");
    const later = new Date(Date.now() + 60_000);
    await utimes(rig.bucket.path(key), later, later);
    expect((await rig.say({ key })).data).toMatchObject({ change: "enrolled", person: { name: "Eve", photos: 1 } });
  });
});

it("holds a rollout back where the gallery was made with another model", async () => {
  const other = await start({ STORAGE: rig.bucket.root, GALLERY: rig.gallery, RECOGNITION: "single" });
  await expect(other.ready).rejects.toThrow(/was made with fused \(256 numbers.*people rebuild/);
  const { status, text } = await sendEvent(other.url, notification({ bucket: "photos", key: "sample6.jpg" }));
  expect([status, JSON.parse(text)]).toEqual([503, expect.objectContaining({ code: "gallery-unusable" })]); // not "nobody is known"
  await other.close();
});

it("names one person once in a photo, on the face that fits best, unless REPEAT_PEOPLE is on", async () => {
  const sharp = await loadSharp();
  const [first, second] = await Promise.all([crops[0], sharp(crops[0]).blur(1.5).toBuffer()].map(async (crop) => sharp(await crop).resize(300, 300).toBuffer()));
  const twice = await sharp({ create: { width: 640, height: 320, channels: 3, background: "grey" } }).composite([{ input: second, left: 5, top: 5 }, { input: first, left: 330, top: 5 }]).jpeg({ quality: 92 }).toBuffer();
  await rig.put("twice.jpg", twice);
  const { faces } = (await rig.say({ key: "twice.jpg" })).data as AnalyzedData;
  expect(faces.filter(({ person }) => person?.name === "王 芳").map(({ box }) => box.x > 320)).toEqual([true]);
  expect(faces.some(({ box, person }) => box.x < 320 && person === null)).toBe(true);

  const repeating = await startPeople({ REPEAT_PEOPLE: "on", PEOPLE_PREFIX: "/staff", DETAILS: "descriptor", PEOPLE_BUCKET: "photos", OSS_BUCKETS: "photos", INCLUDE: "*.png" });
  try {
    await repeating.put("staff/Ann/a.jpg", crops[0]);
    const enrolled = (await repeating.say({ key: "staff/Ann/a.jpg" })).data as EnrolledData;
    expect([enrolled.face.descriptor?.length, enrolled.face.quality]).toEqual([256, undefined]);
    await repeating.put("twice.png", twice);
    const again = (await repeating.say({ key: "twice.png" })).data as AnalyzedData;
    expect(again.faces.map(({ person }) => person?.name)).toEqual(["Ann", "Ann"]);
    expect(again.people).toEqual(["Ann"]);
  } finally {
    await repeating.close();
  }
});

describe("nothing is biometrics", () => {
  it.each([
    ["without GALLERY", { GALLERY: "" }, { person: undefined, people: undefined }],
    ["in another bucket than PEOPLE_BUCKET", { PEOPLE_BUCKET: "staff" }, { person: null, people: [] }],
  ])("%s", async (_, env: Record<string, string>, expected) => {
    const other = await startPeople(env);
    try {
      await other.put("people/Ann/a.jpg", crops[0]);
      const { answer, data } = await other.say({ key: "people/Ann/a.jpg" });
      expect(answer.headers.get("ce-type")).toBe("faces.image.analyzed");
      const { faces, people } = data as AnalyzedData;
      expect({ person: faces[0].person, people }).toEqual(expected);
      expect((await other.say({ key: "people/Ann/a.jpg", eventName: "ObjectRemoved:DeleteObject" })).answer.status).toBe(204);
      expect(other.service.log()).toContain("skipped photos/people/Ann/a.jpg: removed");
    } finally {
      await other.close();
    }
  });
});

/** Photos of people are not in the repository. */
if (existsSync(PHOTOS)) describe("three people enrolled from one photo each", () => {
  const { photos } = JSON.parse(readFileSync(new URL("labels.json", PHOTOS), "utf8")) as Labels;
  const enrolled = ["001_A.jpg", "008_B.jpg", "009_C.jpg"];
  let other: PeopleRig;
  beforeAll(async () => {
    other = await startPeople({ WORKERS: "2" });
    for (const { file, person } of photos) {
      const bytes = await readFile(new URL(file, PHOTOS));
      await other.put(`photos/${file}`, bytes);
      if (!enrolled.includes(file)) continue;
      await other.put(`people/${person}/${file}`, bytes);
      expect((await other.say({ key: `people/${person}/${file}` })).data).toMatchObject({ person: { name: person, photos: 1 }, warnings: [] });
    }
  });
  afterAll(() => other.close());

  it.each(photos.map(({ file, person }) => [file, person ? [person] : []]))("%s shows of them %j", async (file, people) => {
    expect(((await other.say({ key: `photos/${file}` })).data as AnalyzedData).people).toEqual(people);
  });
});
