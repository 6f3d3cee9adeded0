import { readFile, stat } from "node:fs/promises";
import { readConfig } from "../../src/config.js";
import { engineInfo } from "../../src/faces/engine-info.js";
import { poolOptions } from "../../src/parts.js";
import { descriptorModel } from "../../src/start-people.js";
import type { Ended } from "../kit/cli.js";
import { type PeopleScene, peopleScene } from "../kit/people-cli.js";
import { descriptor, enrolment } from "../people/descriptors.js";

let scene: PeopleScene;
/** The first line of an export, which names the model in use. */
let head: string;
let galleries = 0;

function people(args: string[], gallery: string, more: Record<string, string> = {}): Promise<Ended> {
  return scene.people(args, { GALLERY: scene.path(gallery), ...more });
}

const fresh = () => `gallery-${++galleries}`;
const line = (value: unknown) => `${JSON.stringify(value)}\n`;
/** So many people, three photos each. */
const many = (count: number) => Array.from({ length: 3 * count }, (_, i) => line(enrolment(Math.floor(i / 3), i % 3))).join("");

beforeAll(async () => {
  scene = await peopleScene();
  const config = readConfig({ GALLERY: "gallery", RECOGNITION: "single" });
  head = line({ model: descriptorModel(config, engineInfo("onnx", poolOptions(config).options)) });
});
afterAll(() => scene.remove());

describe("people export and import", () => {
  it("an empty gallery is its model alone, one that is not there is an error and stays so", async () => {
    const gallery = fresh();
    for (const args of [["export"], ["list"], ["history"], ["calibrate"], ["forget", "Bob"]]) {
      expect(await people(args, gallery)).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(/^There is no gallery in .* yet: is GALLERY right\?/) });
    }
    await people(["import"], gallery, { stdin: head });
    expect(JSON.parse((await people(["export"], gallery)).stdout)).toEqual({ ...(JSON.parse(head) as object), forgotten: [] });
  });

  it("what was exported is imported as it was, and once more changes nothing", async () => {
    const [one, two] = [fresh(), fresh()];
    expect(await people(["import"], one, { stdin: head + many(4) })).toEqual({ code: 0, stdout: "photos: 12 enrolled, 0 replaced, 0 unchanged\n", stderr: 'audit: imported people from stdin {"enrolled":12,"replaced":0,"unchanged":0,"forgotten":0}\n' });
    expect(await people(["export", "all.jsonl"], one)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await stat(scene.path("all.jsonl"))).mode & 0o777).toBe(0o600); // descriptors are nobody else's business
    await people(["import", "all.jsonl"], two);
    expect((await people(["import", "all.jsonl"], two)).stdout).toBe("photos: 0 enrolled, 0 replaced, 12 unchanged\n");

    const lines = (await readFile(scene.path("all.jsonl"), "utf8")).trimEnd().split("\n");
    expect((await people(["export"], two)).stdout.trimEnd().split("\n").sort()).toEqual(lines.sort());
    const first = lines.map((text) => JSON.parse(text) as ReturnType<typeof enrolment>).find(({ photo }) => photo === enrolment(0, 0).photo)!;
    expect(first).toEqual({ ...enrolment(0, 0), descriptor: expect.any(Array) });
    first.descriptor.forEach((value, i) => expect(value).toBeCloseTo(descriptor(0, 0)[i], 6));
  });

  it("leaves out who was forgotten since, unless asked", async () => {
    const gallery = fresh();
    await people(["import"], gallery, { stdin: head + many(2) });
    expect((await people(["forget", "person 0"], gallery)).stdout).toMatch(/\nperson 0 is forgotten: 3 photos\n$/);
    expect((await people(["import"], gallery, { stdin: head + many(2) })).stdout).toBe("photos: 0 enrolled, 0 replaced, 3 unchanged, 3 left out of people who were forgotten since (--forgotten takes them, too)\n");
    await people(["export", "moved.jsonl"], gallery);
    const moved = fresh(); // a gallery that is moved keeps in mind who was forgotten
    await people(["import", "moved.jsonl"], moved);
    expect((await people(["import"], moved, { stdin: head + many(2) })).stdout).toContain("3 left out of people who were forgotten");
    expect((await people(["import", "--forgotten"], gallery, { stdin: head + many(2) })).stdout).toBe("photos: 3 enrolled, 0 replaced, 3 unchanged\n");
    expect((await people(["import"], gallery, { stdin: head + many(2) })).stdout).toBe("photos: 0 enrolled, 0 replaced, 6 unchanged\n"); // and is lifted
  });

  it.each([
    ["another model", () => line({ model: { ...(JSON.parse(head) as { model: object }).model, sha256: "ab".repeat(32) } }), /^stdin, line 1: the file was made with single \(128 numbers, sha256 abababababab\), the gallery with single /],
    ["nothing", () => "", /^stdin, line 1: the model is missing/],
    ["a line that is none", () => `${head}${line(enrolment(1))}hello\n`, /^stdin, line 3: is no JSON\nphotos: 1 enrolled, .*import the mended file again/],
  ] satisfies [string, () => string, RegExp][])("refuses %s, naming the line", async (_, stdin, message) => {
    const { code, stdout, stderr } = await people(["import"], fresh(), { stdin: stdin() });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });

  it("leaves no half a file where it cannot be written", async () => {
    const gallery = fresh();
    await people(["import"], gallery, { stdin: head });
    const { code, stderr } = await people(["export", "nowhere/all.jsonl"], gallery);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^nowhere\/all\.jsonl: ENOENT/)]);
  });
});

describe("people calibrate", () => {
  it("tells how far people are apart, and from where on strangers are named", async () => {
    const gallery = fresh();
    await people(["import"], gallery, { stdin: head + many(60) });
    const run = async (rate: string) => JSON.parse((await people(["calibrate", "--json", "--rate", rate], gallery)).stdout) as Record<string, number> & Record<"within" | "between", { median: number }>;
    const [rare, often] = [await run("0.02"), await run("0.2")];
    expect(rare).toMatchObject({ rate: 0.02, strangers: 180, sameWithin: 1 });
    expect(rare.within.median).toBeGreaterThan(0.2);
    expect(rare.within.median).toBeLessThan(0.5);
    expect(rare.between.median).toBeGreaterThan(0.7);
    expect(rare.matchDistance).toBeGreaterThan(rare.within.median);
    expect(often.matchDistance).toBeGreaterThan(rare.matchDistance);

    const { stdout, code } = await people(["calibrate", "--rate", "0.02", "--svg", "d.svg"], gallery);
    expect(code).toBe(0);
    expect(stdout).toContain(`MATCH_DISTANCE=${rare.matchDistance} names 2 % of strangers at most\n`);
    const svg = await readFile(scene.path("d.svg"), "utf8");
    expect(svg).toMatch(/^<svg [^]*nearest photo of the same person \(180\)[^]*nearest other person \(180\)[^]*MATCH_DISTANCE 0\.\d+: 2 % of strangers named[^]*<\/svg>\n$/);
    expect(svg).not.toContain("NaN");
  });

  it("says what a small gallery cannot tell", async () => {
    const gallery = fresh();
    await people(["import"], gallery, { stdin: head });
    expect(await people(["calibrate"], gallery)).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("Two people") });
    await people(["import"], gallery, { stdin: head + line(enrolment(1)) + line(enrolment(2)) });
    expect((await people(["calibrate"], gallery)).stdout).toMatch(/everybody has one photo\n[^]*Of 2 photos a share of 1 % cannot be told/);
  });

  it("does not end with the figures where the plot cannot be written", async () => {
    const gallery = fresh();
    await scene.put("two.jsonl", head + line(enrolment(1)) + line(enrolment(2)));
    await people(["import", "two.jsonl"], gallery);
    expect(await people(["calibrate", "--svg", "nowhere/d.svg"], gallery)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^nowhere\/d\.svg: ENOENT/) });
  });
});
