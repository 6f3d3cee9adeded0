import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sample } from "./kit/service.js";

const bin = fileURLToPath(new URL("../../bin/oss-faces.js", import.meta.url));

it("an analysis leaves nothing on the disk: no library reports its use, or keeps what it would report", async () => {
  const home = await mkdtemp(join(tmpdir(), "oss-faces-test-"));
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [bin, "detect", sample(1), "--json"], { env: { ...env, HOME: home, TMPDIR: home, XDG_CACHE_HOME: join(home, "cache") } });
  expect((JSON.parse(stdout) as { faces: unknown[] }).faces).toHaveLength(3);
  expect(await readdir(home)).toEqual([]);
  await rm(home, { recursive: true });
});
