import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GalleryUnavailable, GalleryUnusable } from "../../src/errors.js";
import { folderTurns } from "../../src/people/folder-turns.js";
import { lanceCalls } from "../../src/people/lance-calls.js";
import { openGallery } from "../../src/people/lance.js";
import { descriptor, enrolment, MODEL } from "./descriptors.js";

describe("a place that is no good for a gallery", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gallery-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is refused where it is a file", async () => {
    await writeFile(join(folder, "file"), "x");
    const opened = openGallery({ location: join(folder, "file"), model: MODEL });
    await expect(opened).rejects.toBeInstanceOf(GalleryUnusable);
    await expect(opened).rejects.toThrow(/file is no gallery: it is a file/);
  });

  it("is refused where it holds something else, which is left alone", async () => {
    await writeFile(join(folder, "notes.txt"), "mine");
    await expect(openGallery({ location: folder, model: MODEL })).rejects.toThrow(/is no gallery: it holds notes.txt/);
    expect(await readdir(folder)).toEqual(["notes.txt"]);
  });

  it("is taken with what file systems and desktops leave there", async () => {
    await mkdir(join(folder, ".snapshot"));
    await writeFile(join(folder, ".DS_Store"), "x");
    await (await openGallery({ location: folder, model: MODEL })).close();
    expect((await readdir(folder)).sort()).toEqual([".DS_Store", ".snapshot", "faces.lance", "notes.lance", "turns"]);
  });

  it.each(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"])("is refused where its file system has no hard links: %s", async (code) => {
    const turns = folderTurns(folder, "write", () => Promise.reject(Object.assign(new Error(code), { code })));
    const taken = turns.take(await turns.last());
    await expect(taken).rejects.toBeInstanceOf(GalleryUnusable);
    await expect(taken).rejects.toThrow(/has no hard links.*on a disk or a NAS.*oss:/);
    expect(await readdir(folder)).toEqual([]);
  });

  it("is unavailable where it cannot be made", async () => {
    await writeFile(join(folder, "file"), "x");
    const opened = openGallery({ location: join(folder, "file", "gallery"), model: MODEL });
    await expect(opened).rejects.toBeInstanceOf(GalleryUnavailable);
    await expect(opened).rejects.toThrow(/gallery could not be opened: ENOTDIR/);
  });

  it("is made with the folders above it", async () => {
    const gallery = await openGallery({ location: join(folder, "a", "人 b", "gallery"), model: MODEL });
    expect(await gallery.enrol(enrolment(1))).toBe("enrolled");
    await gallery.close();
  });

  it("is unavailable where its folder goes away, or what is in it is damaged", async () => {
    const location = join(folder, "gallery");
    const gallery = await openGallery({ location, model: MODEL });
    await gallery.enrolAll([enrolment(1), enrolment(2)]);
    const data = join(location, "faces.lance", "data");
    for (const file of await readdir(data)) await truncate(join(data, file), 40);
    const other = await openGallery({ location, model: MODEL });
    await expect(other.nearest([descriptor(1)], 1)).rejects.toBeInstanceOf(GalleryUnavailable);
    await rm(location, { recursive: true });
    await expect(gallery.enrol(enrolment(3))).rejects.toBeInstanceOf(GalleryUnavailable);
    await expect(gallery.people()).rejects.toBeInstanceOf(GalleryUnavailable);
    await Promise.all([gallery.close(), other.close()]);
  });

  it("tells where nothing more can be written, keeps what was there, and goes on when it can", async () => {
    const location = join(folder, "gallery");
    await mkdir(location);
    const gallery = await openGallery({ location, model: MODEL });
    await gallery.enrolAll(Array.from({ length: 30 }, (_, person) => enrolment(person)));
    // Files may have no more than 4 KB: the 20 kB of what this process wants to write do not fit, as on a full disk.
    const child = fileURLToPath(new URL("gallery-child.js", import.meta.url));
    const said = await new Promise<string>((resolve) => {
      const limited = spawn("sh", ["-c", `ulimit -f 2; trap '' XFSZ; exec "$0" "$@"`, process.execPath, child, location, "128", "0", "30"], { stdio: ["ignore", "ignore", "ignore", "ipc"], env: { ...process.env, ETAG: "new" } });
      limited.on("message", (message: object) => "failed" in message && resolve(JSON.stringify(message)));
      limited.on("exit", (code, signal) => resolve(`ended with ${code ?? signal}`));
    });
    expect(said).toMatch(/"failed":"GalleryUnavailable".*could not be read or written.*(large|space)/i);
    expect(await gallery.count()).toEqual({ people: 30, photos: 30 });
    expect((await gallery.nearest([descriptor(7)], 1))[0][0].name).toBe("person 7");
    expect(await gallery.enrol(enrolment(40))).toBe("enrolled");
    await gallery.close();
  });
});

describe("what the library throws", () => {
  const calls = lanceCalls("/data/gallery", ["the-key"]);

  it("is unavailability with its cause, neither with a secret", async () => {
    const thrown = new Error("no answer from the-key, /home/x/io.rs:12:3\nmore about the-key");
    const error = (await calls(() => Promise.reject(thrown)).catch((failed: unknown) => failed)) as GalleryUnavailable;
    expect(error).toBeInstanceOf(GalleryUnavailable);
    expect(error.message).toBe("The gallery /data/gallery could not be read or written: no answer from ***");
    expect((error.cause as Error).stack).toContain("more about ***");
    expect((error.cause as Error).stack).toContain("gallery-faults.test"); // where it came from
    expect(`${(error.cause as Error).stack}${(error.cause as Error).message}`).not.toContain("the-key");
  });

  it.each([new TypeError("x is not a function"), new RangeError("lengths differ"), new SyntaxError("no JSON")])("is a defect where it is %s, and comes through as it is", async (defect) => {
    await expect(calls(() => Promise.reject(defect))).rejects.toBe(defect);
  });
});
