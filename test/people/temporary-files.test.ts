import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { holder } from "../../src/people/holder.js";

const CHILD = fileURLToPath(new URL("temporary-child.js", import.meta.url));
/** So many fused faces that an index pays. */
const INDEXED = 9_800;

interface Told {
  stage: string;
  files: string[];
}

describe("temporary files", () => {
  let root: string;
  let temporary: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "temporary-"));
    temporary = join(root, "tmp");
    await mkdir(temporary);
  });
  afterEach(() => rm(root, { recursive: true }));

  /** @param killed as soon as the gallery is open */
  async function enrolled(people: number, { at = temporary, killed = false } = {}): Promise<Told[]> {
    const child = fork(CHILD, [join(root, "gallery"), String(people), ...(killed ? ["stay"] : [])], { env: { ...process.env, TMPDIR: at } });
    const told: Told[] = [];
    child.on("message", (message: Told) => {
      told.push(message);
      if (killed) child.kill("SIGKILL");
    });
    await once(child, "exit");
    return told;
  }

  /** A folder as if a process had left it, last changed at this time (seconds since 1970). */
  async function left(name: string, { by, changed }: { by?: object; changed?: number } = {}): Promise<void> {
    const folder = join(temporary, name);
    await mkdir(folder);
    if (by) await writeFile(join(folder, "holder.json"), JSON.stringify(by));
    if (changed === undefined) return;
    if (by) await utimes(join(folder, "holder.json"), changed, changed);
    await utimes(folder, changed, changed);
  }

  it("of making an index are gone when it is made, and the folder when the process ends", async () => {
    const [opened, closed] = await enrolled(INDEXED);
    const [folder] = opened.files.filter((name) => /^oss-faces-work-\w+$/.test(name));
    expect(opened.files).toEqual(expect.arrayContaining([folder, join(folder, "holder.json")]));
    expect(closed.stage).toBe("closed");
    expect(closed.files.filter((name) => !opened.files.includes(name))).toEqual([]); // some of the connection's own may have gone with it
    expect(await readdir(join(root, "gallery", "faces.lance", "_indices"))).not.toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("are in a folder that only their user can enter", async () => {
    await enrolled(1, { killed: true });
    const [folder] = await readdir(temporary);
    expect(((await stat(join(temporary, folder))).mode & 0o777).toString(8)).toBe("700");
  });

  it("of a process that was killed are removed by the next one; those of a running one, and what is not ours, are not", async () => {
    await enrolled(1, { killed: true });
    expect(await readdir(temporary)).toEqual([expect.stringMatching(/^oss-faces-work-/)]);
    await left("oss-faces-work-runs", { by: await holder(process.pid), changed: 1 });
    await left("of-somebody-else", { changed: 1 });
    await enrolled(1);
    expect((await readdir(temporary)).sort()).toEqual(["of-somebody-else", "oss-faces-work-runs"]);
  });

  it("of a process that was killed are removed by a forgetting, too", async () => {
    const child = fork(CHILD, [join(root, "gallery"), "3", "forget"], { env: { ...process.env, TMPDIR: temporary } });
    const told = new Map<string, string[]>();
    child.on("message", ({ stage, files }: Told) => {
      told.set(stage, files);
      if (stage === "enrolled") void holder(process.pid).then((by) => left("oss-faces-work-left", { by: { ...by, began: "before" } })).then(() => child.send("forget"));
    });
    await once(child, "exit");
    expect(told.get("forgot")).toEqual(expect.arrayContaining([expect.stringMatching(/^oss-faces-work-\w+.holder.json$/)]));
    expect(told.get("forgot")).not.toContain("oss-faces-work-left");
    expect(await readdir(temporary)).toEqual([]);
  });

  it("of a process elsewhere, or nobody knows whose, are removed when nothing in them changed for an hour", async () => {
    const by = { ...(await holder(process.pid)), machine: "the container before" };
    const now = Date.now() / 1000;
    for (const [name, changed] of [["fresh", now - 3000], ["old", now - 4000]] as const) {
      await left(`oss-faces-work-${name}`, { by, changed });
      await left(`oss-faces-work-unknown-${name}`, { changed });
    }
    await left("oss-faces-work-busy", { by, changed: now - 4000 });
    await mkdir(join(temporary, "oss-faces-work-busy", ".tmp1"));
    await enrolled(1);
    expect((await readdir(temporary)).sort()).toEqual(["busy", "fresh", "unknown-fresh"].map((name) => `oss-faces-work-${name}`));
  });

  it("need a folder that can be written: the message says what to do", async () => {
    const file = join(root, "file");
    await writeFile(file, "");
    expect(await enrolled(1, { at: file })).toEqual([{ stage: "TemporaryFolderUnusable", files: [expect.stringContaining(`The gallery needs temporary files in ${file}, which cannot be had`)] }]);
  });
});
