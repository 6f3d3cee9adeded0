import { rm, stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { anHourAgo, peopleScene, peopleScenes } from "../kit/people-cli.js";
import { startOssServer } from "../storage/oss-server.js";
import { KEY } from "../storage/support.js";

const set = peopleScenes();

describe("people forget and rebuild", () => {
  it("forget is for good: photos uploaded before do not bring the person back, unless asked", async () => {
    const { people, path, put, history } = set.scene;
    const file = await put("eve.jpg", set.photo.Eve);
    await put("photos/people/Ann/1.jpg", set.photo.Ann, anHourAgo());
    await put("photos/people/Ann/not enrolled.jpg", "no picture");
    await people(["sync"]);
    await people(["enrol", "Ann", file]);

    const forgotten = await people(["forget", "Ann"]);
    expect(forgotten).toEqual({ code: 0, stdout: `forgot Ann from oss://photos/people/Ann/1.jpg\nforgot Ann from ${pathToFileURL(file).href}\nAnn is forgotten: 2 photos\n`, stderr: 'audit: forgot Ann by command {"photos":2}\n' });
    expect((await people(["sync"])).stdout).toMatch(/^refused photos\/people\/Ann\/1\.jpg: forgotten: [^]*\nphotos: 0 enrolled, 2 refused, 0 failed, /);
    expect((await people(["rebuild"])).stdout).toMatch(/\nphotos: 0 enrolled, 0 unfit, 2 of people who were forgotten, 0 gone\n$/);
    expect(await history()).toEqual([]);
    expect((await people(["rebuild", "--forgotten"])).stdout).toMatch(/^left out .*not enrolled.jpg.*\nphotos: 1 enrolled, 1 unfit, 0 of people who were forgotten, 0 gone\n$/);

    await people(["enrol", "Ann", file]);
    const removed = await people(["forget", "Ann", "--photos"]);
    expect(removed.stdout.split("\n").slice(0, 3).sort()).toEqual([`left ${pathToFileURL(file).href}`, "removed photos/people/Ann/1.jpg", "removed photos/people/Ann/not enrolled.jpg"]);
    expect((await stat(file)).size).toBe(set.photo.Eve.length);
    await expect(stat(path("photos/people/Ann/1.jpg"))).rejects.toThrow("ENOENT");
    expect(await people(["forget", "Ann"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("Nobody named Ann is enrolled") });
  });

  it("rebuild makes a gallery of another model anew, from the bucket and from files", async () => {
    const { people, path, put, history } = set.scene;
    const file = await put("kim.jpg", set.photo.Kim);
    await people(["enrol", "Kim", file]);
    await people(["enrol", "Eve", await put("eve.jpg", set.photo.Eve)]);
    await put("photos/people/Bob/1.jpg", set.photo.Bob, anHourAgo());
    const before = await history();
    await rm(path("eve.jpg"));

    const fused = { RECOGNITION: "fused" };
    const refused = await people(["who", file], fused);
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toMatch(/was made with single .*people rebuild/);
    expect(await history(fused)).toEqual(before); // what compares no faces takes any gallery

    const empty = await people(["rebuild"], { ...fused, PEOPLE_BUCKET: "elsewhere" });
    expect(empty).toMatchObject({ code: 1, stdout: "", stderr: "there is no bucket elsewhere\n" });

    const rebuilt = await people(["rebuild"], fused);
    expect(rebuilt).toEqual({ code: 0, stdout: `gone ${pathToFileURL(path("eve.jpg")).href} (Eve)\nphotos: 2 enrolled, 0 unfit, 0 of people who were forgotten, 1 gone\n`, stderr: 'audit: rebuilt the gallery {"enrolled":2,"unfit":0,"forgotten":0,"gone":1}\n' });
    const [kim] = before;
    expect(await history(fused)).toEqual([{ ...kim, quality: expect.any(Number) }, expect.objectContaining({ name: "Bob", photo: "oss://photos/people/Bob/1.jpg" })]);
    expect((await people(["who", file], fused)).stdout).toContain("\n  Kim · ");
  });

  it("rebuild needs no bucket where all photos are files", async () => {
    const { people, put, history } = set.scene;
    await people(["enrol", "Kim", await put("kim.jpg", set.photo.Kim)]);
    const alone = { RECOGNITION: "fused", PEOPLE_BUCKET: "" };
    expect(await people(["rebuild"], alone)).toMatchObject({ code: 0, stdout: "photos: 1 enrolled, 0 unfit, 0 of people who were forgotten, 0 gone\n" });
    expect(await history(alone)).toMatchObject([{ name: "Kim" }]);
    await put("photos/people/Bob/1.jpg", set.photo.Bob);
    await people(["sync"], { RECOGNITION: "fused" });
    expect(await people(["rebuild"], alone)).toMatchObject({ code: 2, stderr: expect.stringContaining("people rebuild --bucket NAME") });
  });

  it("works on OSS, and removes photos there", async () => {
    const key = "people/王 芳/证件+照 100%.jpg";
    const server = await startOssServer({ ...KEY, pageSize: 1, objects: { [`photos/${key}`]: set.photo["王芳"], "photos/people/Bob/1.jpg": set.photo.Bob, "photos/other.jpg": set.photo.Bob } });
    const { people, history, remove } = await peopleScene({ STORAGE: "oss", OSS_ENDPOINT: server.url, OSS_REGION: "cn-hangzhou", OSS_ACCESS_KEY_ID: KEY.accessKeyId, OSS_ACCESS_KEY_SECRET: KEY.accessKeySecret });
    expect((await people(["sync"])).stdout).toMatch(/\nphotos: 2 enrolled, /);
    expect((await people(["forget", "王 芳", "--photos"])).stdout).toBe(`removed photos/${key}\nforgot 王 芳 from oss://photos/${key}\n王 芳 is forgotten: 1 photo\n`);
    expect(server.names().sort()).toEqual(["photos/other.jpg", "photos/people/Bob/1.jpg"]);

    server.fault("people/Bob/1.jpg", { status: 403, code: "AccessDenied" });
    const denied = await people(["forget", "Bob", "--photos"]);
    expect([denied.code, denied.stdout]).toEqual([1, ""]);
    expect(denied.stderr).toContain("oss:DeleteObject");
    server.fault("", { status: 403, code: "AccessDenied" });
    for (const command of ["sync", "rebuild"]) expect((await people([command])).stderr).toContain("oss:ListObjects");
    expect((await history()).map(({ name }) => name)).toEqual(["Bob"]); // first the photos, then the gallery
    await Promise.all([server.close(), remove()]);
  });

  it("a rebuild that ends half-way is taken up by the next one, files and all", async () => {
    const server = await startOssServer({ ...KEY, objects: { "photos/people/Bob/1.jpg": set.photo.Bob } });
    const { people, history, put, remove } = await peopleScene({ STORAGE: "oss", OSS_ENDPOINT: server.url, OSS_REGION: "cn-hangzhou", OSS_ACCESS_KEY_ID: KEY.accessKeyId, OSS_ACCESS_KEY_SECRET: KEY.accessKeySecret });
    await people(["enrol", "Kim", await put("kim.jpg", set.photo.Kim)]);
    server.fault("people/Bob/1.jpg", { status: 403, code: "AccessDenied" });
    const fused = { RECOGNITION: "fused" };
    expect(await people(["rebuild"], fused)).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("oss:GetObject") });
    expect(await history(fused)).toEqual([]);
    expect((await people(["list"], fused)).stderr).toMatch(/^The rebuild of the gallery that began on 20.* run oss-faces people rebuild --bucket photos again\.\n$/);
    expect((await people(["rebuild"], { ...fused, PEOPLE_BUCKET: "" })).stderr).toContain("people rebuild --bucket NAME"); // its people are nowhere else
    server.fault("people/Bob/1.jpg", undefined);
    expect((await people(["rebuild"], fused)).stdout).toBe("photos: 2 enrolled, 0 unfit, 0 of people who were forgotten, 0 gone\n");
    expect((await history(fused)).map(({ name }) => name).sort()).toEqual(["Bob", "Kim"]);
    expect((await people(["list"], fused)).stderr).toBe("");
    await Promise.all([server.close(), remove()]);
  });
});
