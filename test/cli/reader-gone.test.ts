import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { samplePhotos } from "../../src/samples.js";
import { bin } from "../kit/cli.js";

/** Reads the first lines of a command, as `head` does, and goes. */
async function headOf(args: string[], temporary: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, TMPDIR: temporary, WORKERS: "2" } });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.once("data", () => child.stdout.destroy());
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stderr };
}

it.each([
  ["detect", ["detect", ...samplePhotos(), ...samplePhotos(), ...samplePhotos()]],
  ["demo", ["demo", "--once"]],
])("%s ends quietly where nobody reads on, and leaves nothing behind", async (_name, args) => {
  const temporary = await mkdtemp(join(tmpdir(), "reader-gone-"));
  try {
    expect(await headOf(args, temporary)).toEqual({ code: 0, stderr: "" });
    expect(await readdir(temporary)).toEqual([]);
  } finally {
    await rm(temporary, { recursive: true });
  }
});

it("a disk that is full is said, and no success", async () => {
  const ended = await new Promise((resolve) => {
    execFile("sh", ["-c", `"${process.execPath}" "${bin}" help > /dev/full`], (error, _, stderr) => resolve([error?.code, stderr]));
  });
  expect(ended).toEqual([1, expect.stringMatching(/^The output cannot be written: ENOSPC.*\n$/)]);
});

it("output and messages in one pipe that nobody reads end it as quietly", async () => {
  const ended = await new Promise((resolve) => {
    execFile("sh", ["-c", `"${process.execPath}" "${bin}" detect ${samplePhotos().join(" ")} nowhere.jpg 2>&1 | true`], (error, stdout, stderr) => resolve([error?.code, stdout, stderr]));
  });
  expect(ended).toEqual([undefined, "", ""]);
});
