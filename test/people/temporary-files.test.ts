import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("temporary-child.js", import.meta.url));
/** So many fused faces that an index pays. */
const INDEXED = 2400;

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

  /** @param killed at this stage */
  async function enrolled(people: number, { at = temporary, killed }: { at?: string; killed?: string } = {}): Promise<Told[]> {
    const child = fork(CHILD, [join(root, "gallery"), String(people)], { env: { ...process.env, TMPDIR: at } });
    const told: Told[] = [];
    child.on("message", (message: Told) => {
      told.push(message);
      if (message.stage === killed) child.kill("SIGKILL");
    });
    await once(child, "exit");
    return told;
  }

  it("of making an index are gone when it is made, and the folder when the process ends", async () => {
    const [opened, closed] = await enrolled(INDEXED);
    const connection = opened.files.filter((name) => /[/\\]/.test(name));
    expect(opened.files.filter((name) => /^oss-faces-work-\d+-\w+$/.test(name))).toHaveLength(1);
    expect(closed).toEqual({ stage: "closed", files: expect.arrayContaining(connection) });
    expect(closed.files).toHaveLength(1 + connection.length);
    expect(await readdir(join(root, "gallery", "faces.lance", "_indices"))).not.toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("of a process that was killed are removed by the next one; those of a running one, and what is not ours, are not", async () => {
    await enrolled(1, { killed: "opened" });
    const [left] = await readdir(temporary);
    expect(left).toMatch(/^oss-faces-work-\d+-/);
    const running = `oss-faces-work-${process.pid}-x`;
    for (const name of [running, "oss-faces-work-notes", "of-somebody-else"]) await mkdir(join(temporary, name));
    await enrolled(1);
    expect((await readdir(temporary)).sort()).toEqual(["of-somebody-else", running, "oss-faces-work-notes"]);
  });

  it("of a container's last process are removed by the next one, which has the same number", async () => {
    const { pid } = process;
    const [before, since] = ["before", "since"].map((name) => join(temporary, `oss-faces-work-${pid}-${name}`));
    await mkdir(before);
    await utimes(before, 1, 1);
    await mkdir(since);
    await utimes(since, Date.now() / 1000 + 60, Date.now() / 1000 + 60);
    await writeFile(join(root, "one.mjs"), `Object.defineProperty(process, "pid", { value: ${pid} }); await import(${JSON.stringify(CHILD)});`);
    const child = fork(join(root, "one.mjs"), [join(root, "gallery"), "1"], { env: { ...process.env, TMPDIR: temporary } });
    await once(child, "exit");
    expect(await readdir(temporary)).toEqual([since.slice(temporary.length + 1)]);
  });

  it("need a folder that can be written: the message says what to do", async () => {
    const file = join(root, "file");
    await writeFile(file, "");
    expect(await enrolled(1, { at: file })).toEqual([{ stage: "TemporaryFolderUnusable", files: [expect.stringContaining(`The gallery needs temporary files in ${file}, which cannot be had`)] }]);
  });
});
