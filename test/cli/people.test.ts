import { copyFile, rm } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { anHourAgo, peopleScenes } from "../kit/people-cli.js";
import { sample } from "../kit/service.js";

const set = peopleScenes();

describe("people", () => {
  it("alone prints its commands, and tells of each", async () => {
    const { people } = set.scene;
    const { code, stdout } = await people([], { GALLERY: "" });
    expect(code).toBe(0);
    for (const name of ["list", "history", "enrol", "forget", "sync", "rebuild", "who", "calibrate", "export", "import"]) expect(stdout).toMatch(new RegExp(`^  ${name} +\\w`, "m"));
    expect((await people(["forget", "--help"])).stdout).toMatch(/^oss-faces people forget NAME \[--photos\]\n[^]*--photos /);
  });

  it.each([
    ["no gallery", ["list"], { GALLERY: "" }, /GALLERY=\.\/gallery oss-faces people list/],
    ["no such command", ["enroll"], {}, /no command people enroll[^]*enrol/],
    ["a name for list", ["list", "Ann"], {}, /people history NAME/],
    ["no name", ["enrol", " "], {}, /people enrol NAME PATH/],
    ["no photo", ["enrol", "Ann"], {}, /people enrol NAME PATH/],
    ["a path instead of a name", ["enrol", "./a.jpg", "b.jpg"], {}, /\.\/a\.jpg looks like a path[^]*people enrol NAME PATH/],
    ["no such file", ["enrol", "Ann", "none.jpg"], {}, /none\.jpg: there is no such file/],
    ["two names", ["forget", "Mary", "Ann"], {}, /'Mary Ann'/],
    ["no bucket for sync", ["sync"], { PEOPLE_BUCKET: "" }, /PEOPLE_BUCKET[^]*people sync --bucket NAME/],
    ["no bucket for rebuild", ["rebuild"], { PEOPLE_BUCKET: "" }, /PEOPLE_BUCKET[^]*people rebuild --bucket NAME/],
    ["another command's option", ["sync", "--photos"], {}, /--photos/],
    ["no rate", ["calibrate", "--rate", "2"], {}, /--rate 2: must be a number from 0 to 1/],
    ["a rate that names nobody", ["calibrate", "--rate", "0"], {}, /--rate 0: must be a number from 0 to 1/],
    ["no file to import", ["import", "none.jsonl"], {}, /none\.jsonl: ENOENT/],
  ] satisfies [string, string[], Record<string, string>, RegExp][])("says what is wrong with %s, and exits with 2", async (_, args, env, message) => {
    const { code, stdout, stderr } = await set.scene.people(args, env);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("    at "); // no stack
  });

  it("enrols photos by path, says what is refused and why, and knows them again", async () => {
    const { people, path, put, history } = set.scene;
    const ann = await put("in/a.jpg", set.photo.Ann);
    await put("in/b.png", "no picture");
    await copyFile(sample(2), path("in/three.jpg"));
    const { code, stdout } = await people(["enrol", " Mary\u00a0 Ann", path("in")]);
    expect(code).toBe(1);
    expect(stdout.split("\n")).toEqual([`enrolled Mary Ann from ${ann}: 1 photo`, expect.stringMatching(/^failed .*b\.png: /), expect.stringMatching(/^refused .*three\.jpg: several-faces: /), ""]);

    const again = await people(["enrol", "Mary Ann", ann]);
    expect(again).toEqual({ code: 0, stdout: `enrolled Mary Ann from ${ann}: 1 photo (unchanged)\n`, stderr: "" });
    expect(await history()).toEqual([{ photo: pathToFileURL(ann).href, name: "Mary Ann", etag: expect.stringMatching(/^[0-9A-F]{32}$/), enrolledAt: expect.any(String), quality: expect.any(Number) }]);

    const warned = await people(["enrol", "Mary Ann", await put("bob.jpg", set.photo.Bob)]);
    expect(warned.stdout).toMatch(/: 2 photos; warning: it looks unlike the other photos of Mary Ann: /);
    expect((await people(["list"])).stdout).toMatch(/^NAME {6}PHOTOS {2}SINCE {17}LAST\nMary Ann {2}2 {7}20\S+Z {2}20\S+Z\n$/);

    const taken = await people(["enrol", "Bob", path("bob.jpg")]);
    expect(taken.stdout).toMatch(/^enrolled Bob from .*bob\.jpg: 1 photo \(replaced\).*; until now it was Mary Ann's, of whom 1 photo is left\n$/);
    expect(taken.stderr).toMatch(/^audit: enrolled Bob from .*\naudit: forgot Mary Ann from .*bob\.jpg: it is enrolled as Bob .*\n$/);
  });

  it("who names faces, with the nearest people and their distances", async () => {
    const { people, put } = set.scene;
    for (const name of ["Ann", "Bob", "王芳"] as const) await put(`photos/people/${name}/1.jpg`, set.photo[name]);
    await people(["sync"]);
    const { stdout, code } = await people(["who", sample(6)]);
    expect(code).toBe(0);
    const [summary, ...faces] = stdout.trimEnd().split("\n");
    expect(summary).toMatch(/^4 faces in .*sample6\.jpg: /);
    for (const name of ["Ann", "Bob", "王芳"]) expect(faces.filter((line) => new RegExp(`^  ${name} · .* · nearest: ${name} 0\\.[0-3]\\d, \\S+ 0\\.\\d\\d, \\S+ 0\\.\\d\\d$`).test(line)).length).toBe(1);
    expect(faces.length).toBe(4);

    const json = await people(["who", "--json", sample(6)]);
    const { image, faces: found } = JSON.parse(json.stdout) as { image: { key: string }; faces: { person: { name: string } | null; nearest: { name: string; distance: number }[] }[] };
    expect(image.key).toBe(sample(6));
    for (const { person, nearest } of found) {
      expect(nearest.length).toBe(3);
      expect(nearest.map(({ distance }) => distance)).toEqual(nearest.map(({ distance }) => distance).sort());
      if (person) expect(person.name).toBe(nearest[0].name);
    }
    expect(json.stdout).not.toContain("descriptor");
  });

  it("sync makes the gallery what the bucket says", async () => {
    const { people, path, put, history } = set.scene;
    const file = await put("by-path.jpg", set.photo.Kim);
    await people(["enrol", "Kim", file]);
    await put("photos/people/王芳/证件 照+100%.jpg", set.photo["王芳"]);
    await put("photos/people/Bob/1.jpg", set.photo.Bob);
    await put("photos/people/Bob/notes.txt", "no picture");
    await put("photos/people/loose.jpg", set.photo.Eve);
    await put("photos/team/1.jpg", set.photo.Eve);

    const dry = await people(["sync", "--dry-run"]);
    expect(dry.stdout).toBe("would enrol photos/people/Bob/1.jpg (new)\nwould enrol photos/people/loose.jpg (new)\nwould enrol photos/people/王芳/证件 照+100%.jpg (new)\nphotos: 3 to enrol, 0 to forget, 0 as they are\n");

    const first = await people(["sync"]);
    expect(first.stdout).toMatch(/^enrolled Bob from photos\/people\/Bob\/1\.jpg: 1 photo\nrefused photos\/people\/loose\.jpg: no-name: .*\nenrolled 王芳 from .*: 1 photo.*\nphotos: 2 enrolled, 1 refused, 0 failed, 0 forgotten, 0 as they were\n$/);
    expect([first.code, first.stderr]).toEqual([0, expect.stringMatching(/^(audit: enrolled .* from oss:\/\/photos\/people\/.*\n){2}$/)]);

    await rm(path("photos/people/loose.jpg"));
    expect((await people(["sync"])).stdout).toBe("photos: 0 enrolled, 0 refused, 0 failed, 0 forgotten, 2 as they were\n");

    await rm(path("photos/people/王芳"), { recursive: true });
    await put("photos/people/Bob/1.jpg", set.photo.Eve, anHourAgo()); // an older file was moved there
    const changed = await people(["sync"]);
    expect(changed.stdout).toMatch(/^forgot 王芳 from photos\/people\/王芳\/证件 照\+100%\.jpg: it is gone\nenrolled Bob from photos\/people\/Bob\/1\.jpg: 1 photo \(replaced\).*\nphotos: 1 enrolled, 0 refused, 0 failed, 1 forgotten, 0 as they were\n$/);
    expect((await history()).map(({ name }) => name).sort()).toEqual(["Bob", "Kim"]);
  });
});
