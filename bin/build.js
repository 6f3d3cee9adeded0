#!/usr/bin/env node
// Compiles the sources and makes the models. Plain JavaScript, because it runs before anything is compiled.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${root}dist/.built`;

export async function build() {
  const tsc = compiler();
  const { status } = spawnSync(process.execPath, [tsc, "-p", root], { stdio: ["ignore", 2, 2] }); // stdout is the command's own
  if (status !== 0) process.exit(status ?? 1);
  const { buildModels } = await import("../dist/src/models/build.js");
  await buildModels();
  writeFileSync(stamp, "");
}

function compiler() {
  try {
    return createRequire(import.meta.url).resolve("typescript/lib/tsc.js");
  } catch {
    process.stderr.write("oss-faces: its packages are not installed: run npm ci\n");
    process.exit(1);
  }
}

function newest(folder) {
  return Math.max(0, ...readdirSync(folder, { recursive: true }).map((file) => statSync(`${folder}/${file}`).mtimeMs));
}

/** A published package has no sources: there is nothing to build. */
export async function buildWhereStale() {
  if (!existsSync(`${root}tsconfig.json`)) return;
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  const sources = Math.max(...["src", "test", "bench"].map((folder) => newest(root + folder)));
  if (built > sources) return;
  if (process.stderr.isTTY) process.stderr.write("oss-faces: compiling, and at first making the models (up to half a minute, once) …\n");
  await build();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
