import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AnalyzedData, FailedData } from "../../src/events/result-schema.js";
import { NOTIFICATION_FORMS } from "../../src/sources/notification.js";
import { ossFaces } from "../kit/cli.js";
import { folderBucket, start } from "../kit/service.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

let bucket: Awaited<ReturnType<typeof folderBucket>>;
beforeAll(async () => {
  bucket = await folderBucket();
  await bucket.copySample(1, "team.jpg");
  await bucket.copySample(3, "deep/er/pair.jpeg");
  await writeFile(bucket.path("notes.txt"), "no picture");
});
afterAll(() => bucket.remove());

/** The sample under another name. */
async function named(name: string): Promise<string> {
  const path = join(bucket.root, name);
  await copyFile(bucket.path("team.jpg"), path);
  return path;
}

describe("detect", () => {
  it("--json prints a line of result data for each picture, in order, the key as it was given", async () => {
    const { code, stdout, stderr } = await ossFaces(["detect", bucket.path("team.jpg"), join(bucket.root, "photos"), "--json"]);
    const lines = stdout.trim().split("\n").map((line) => JSON.parse(line) as AnalyzedData);
    expect(lines.map(({ image }) => image.key)).toEqual([bucket.path("team.jpg"), bucket.path("deep/er/pair.jpeg"), bucket.path("team.jpg")]);
    expect(lines.map(({ faces }) => faces.length)).toEqual([3, 3, 3]);
    for (const line of lines) {
      expect(line).not.toHaveProperty("event");
      expect(line.image).not.toHaveProperty("bucket");
      expect(line.image).not.toHaveProperty("etag");
    }
    expect([code, stderr]).toEqual([0, ""]); // no progress where nobody watches
  });

  it("says a failure by name, goes on, and exits with 1", async () => {
    await writeFile(bucket.path("damaged.png"), Buffer.from("\x89PNG\r\n\x1a\n and no more", "latin1"));
    const { code, stdout } = await ossFaces(["detect", bucket.path("damaged.png"), bucket.path("notes.txt"), bucket.path("team.jpg"), "--json"]);
    const lines = stdout.trim().split("\n").map((line) => JSON.parse(line) as Partial<FailedData>);
    expect(lines.map(({ error }) => error?.code)).toEqual(["undecodable", "unsupported-format", undefined]);
    expect(code).toBe(1);
  });

  it("takes settings as flags", async () => {
    const { stdout } = await ossFaces(["detect", bucket.path("team.jpg"), "--json", "--max-pixels", "1000"]);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "too-many-pixels", message: "1920 x 1280 are 2457600 pixels; the limit is 1000" } });
  });

  it("prints a summary and a line for each face without --json", async () => {
    const { stdout } = await ossFaces(["detect", bucket.path("team.jpg")]);
    expect(stdout).toMatch(/^3 faces in .*team\.jpg \(\d+ ms\)\n( {2}\d+×\d+ px at .* score .*\n){3}$/);
  });

  it("--annotate writes copies and never over a file that is there", async () => {
    const before = readFileSync(bucket.path("team.jpg"));
    const { code, stdout } = await ossFaces(["detect", bucket.path("team.jpg"), "--annotate", bucket.path("")]);
    expect([code, stdout.split("\n").at(-2)]).toEqual([0, `  copy: ${bucket.path("team-2.jpg")}`]);
    expect(readFileSync(bucket.path("team.jpg")).equals(before)).toBe(true);
    expect(readFileSync(bucket.path("team-2.jpg")).subarray(0, 2).toString("hex")).toBe("ffd8");
    await rm(bucket.path("team-2.jpg"));
    const copies = bucket.path("copies");
    for (let i = 0; i < 2; i++) expect((await ossFaces(["detect", bucket.path(""), "--annotate", copies])).stdout.match(/^ {2}copy: .*/gm)).toHaveLength(2); // not copies of copies
    await rm(copies, { recursive: true });
  });

  it("shows what DETAILS asks for, and no control characters of file names", async () => {
    const { stdout } = await ossFaces(["detect", await named("a\x1b[31m\n.jpg"), "--details", "age,gender,expressions"]);
    expect(stdout).toMatch(/^3 faces in .*a\\x1b\[31m\\x0a\.jpg \(\d+ ms\)\n( {2}\d+×\d+ px at \d+,\d+ · score [\d.]+ · about \d+ years · (fe)?male \([\d.]+\) · [a-z]+ \([\d.]+\)\n){3}$/);
  });

  it.each([
    ["a copy's folder that is a file", (team: string) => ["detect", team, "--annotate", team], /EEXIST.*team\.jpg/],
    ["a gallery that is not there", (team: string) => ["detect", team, "--gallery", `${team}.gallery`], /There is no gallery in .*is GALLERY right\?/],
  ])("%s ends it with a word instead of a stack", async (_, args, message) => {
    const { code, stdout, stderr } = await ossFaces(args(bucket.path("team.jpg")));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("    at ");
  });

  it.each([
    [[], "detect needs at least one picture or folder"],
    [["/nowhere/at-all.jpg"], "/nowhere/at-all.jpg: there is no such file or folder"],
    [["--colour"], "Unknown option '--colour'"],
    [["x", "--min-score", "high"], '--min-score "high": must be a number from 0 to 1'],
  ])("%o is wrong usage: exit 2", async (args, message) => {
    const { code, stderr } = await ossFaces(["detect", ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });
});

describe("send", () => {
  it("sends every form in every mode to a running service and prints status and reply", async () => {
    const service = await start({ STORAGE: bucket.root });
    await service.ready;
    for (const as of NOTIFICATION_FORMS) {
      for (const mode of ["binary", "structured", "batch"]) {
        const { code, stdout } = await ossFaces(["send", bucket.path("team.jpg"), "--to", service.url, "--as", as, "--mode", mode]);
        const [status, ...rest] = stdout.split("\n");
        expect([as, mode, code, status]).toEqual([as, mode, 0, "200 OK"]);
        expect(rest).toContain("ce-type: faces.image.analyzed");
        expect((JSON.parse(rest.at(-2)!) as AnalyzedData).faces).toHaveLength(3);
      }
    }
    await service.close();
  });

  it("names the object by its place in the STORAGE folder", async () => {
    const service = await start({ STORAGE: bucket.root });
    const { stdout } = await ossFaces(["send", bucket.path("deep/er/pair.jpeg"), "--to", service.url], { STORAGE: bucket.root });
    await service.close();
    expect(stdout).toContain("ce-subject: photos/deep/er/pair.jpeg");
  });

  it.each([
    [["x.jpg"], "send needs one photo and an address"],
    [["x.jpg", "--to", "http://127.0.0.1:1/", "--as", "fax"], "--as fax: must be one of"],
    [["x.jpg", "--to", "http://127.0.0.1:1/"], "x.jpg: ENOENT"],
    [["x.jpg", "--to", "localhost:8080"], "begins with http://"],
  ])("%o is refused with exit 2", async (args, message) => {
    const { code, stderr } = await ossFaces(["send", ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("exits with 1 where nobody answers", async () => {
    expect(await ossFaces(["send", "oss://photos/x.jpg", "--to", "http://127.0.0.1:1/"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/ does not answer: .*\n$/) });
  });
});

describe("help", () => {
  it("lists the commands", async () => {
    const { code, stdout } = await ossFaces([]);
    expect(code).toBe(0);
    for (const name of ["serve", "demo", "watch", "detect", "evaluate", "send", "models", "help"]) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  it("config prints the table that the README shows", async () => {
    const { stdout } = await ossFaces(["help", "config"]);
    expect(readFileSync(join(root, "README.md"), "utf8")).toContain(stdout);
  });

  it("--version prints the version", async () => {
    expect(await ossFaces(["--version"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it("tells what commands there are when there is no such", async () => {
    const { code, stderr } = await ossFaces(["dectect"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("There is no command dectect. The commands are serve, demo")]);
  });
});

it("demo --once prints the six results and ends", async () => {
  const { code, stdout } = await ossFaces(["demo", "--once"]);
  expect(code).toBe(0);
  const counts = Object.fromEntries([...stdout.matchAll(/^(\d) faces in photos\/sample(\d)\.jpg/gm)].map(([, faces, number]) => [number, Number(faces)]));
  expect(counts).toEqual({ 1: 3, 2: 3, 3: 3, 4: 4, 5: 5, 6: 4 });
  expect(stdout).toContain("22 faces in 6 photos\n");
});

it("demo --once --people names three people in the one photo that they are in", async () => {
  const { code, stdout, stderr } = await ossFaces(["demo", "--once", "--people"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.match(/^enrolled .*$/gm)?.sort()).toEqual(["Ann", "Bob", "王芳"].map((name) => `enrolled ${name} from photos/people/${name}/crop.jpg: 1 photo`));
  expect(stdout).toMatch(/^4 faces in photos\/sample6\.jpg: Ann, Bob, 王芳, unknown \(/m);
  for (const other of [1, 2, 3, 4, 5]) expect(stdout).toMatch(new RegExp(`^(\\d) faces in photos/sample${other}\\.jpg: \\1 unknown \\(`, "m"));
  expect(stdout).toContain("22 faces in 6 photos, 3 of them named\n");
});

it("watch analyses what is dropped in, until it is interrupted", async () => {
  const folder = await folderBucket();
  const within = await ossFaces(["watch", folder.path("")], { GALLERY: folder.path("gallery") });
  expect([within.code, within.stderr]).toEqual([2, expect.stringContaining("which is the bucket: put it elsewhere")]);
  const child = spawn(join(root, "bin/oss-faces.js"), ["watch", folder.path("")], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += String(chunk)));
  await once(child.stderr, "data"); // it says where to drop photos once it watches
  await folder.copySample(3, "holiday/王芳.jpg");
  while (!printed.includes("王芳")) await once(child.stdout, "data");
  await writeFile(folder.path("notes.txt"), "no picture");
  while (!printed.includes("notes")) await once(child.stdout, "data");
  child.kill("SIGINT");
  const [code] = (await once(child, "exit")) as [number];
  await folder.remove();
  expect(printed).toMatch(/^3 faces in photos\/holiday\/王芳\.jpg \(\d+ ms\)\n( {2}\d+×\d+ px at .* score .*\n){3}skipped photos\/notes\.txt: not-a-picture\n$/);
  expect(code).toBe(0);
});

it("models says that every model is there", async () => {
  const { code, stdout } = await ossFaces(["models", "--json"]);
  const { models } = JSON.parse(stdout) as { models: { name: string; licence: string; present: boolean }[] };
  expect(code).toBe(0);
  expect(models.map(({ name }) => name)).toEqual(expect.arrayContaining(["centerface", "landmarks", "descriptor"]));
  expect(models.filter(({ present, licence }) => !present || !licence)).toEqual([]);
});
