import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { EngineFigures } from "./engine-child.js";

const ROUNDS = { onnx: 10, "face-api": 3 };

/** The same six photos through our engine and through face-api on its wasm backend, each in a process of its own. */
export async function run(): Promise<void> {
  const ours = await measure("onnx");
  const theirs = await measure("face-api");
  for (const { name, photos, faces, cpu, wall, rss } of [ours, theirs]) {
    const each = (milliseconds: number) => `${(milliseconds / photos).toFixed(1)} ms`;
    process.stdout.write(`${name.padEnd(9)} ${each(cpu)} CPU, ${each(wall)} wall a photo; ${(faces / photos).toFixed(2)} faces a photo; RSS ${Math.round(rss / 2 ** 20)} MiB\n`);
  }
  const ratio = theirs.cpu / theirs.photos / (ours.cpu / ours.photos);
  process.stdout.write(`photos for each CPU second: ${ratio.toFixed(1)} times as many as face-api on wasm\n`);
}

async function measure(engine: keyof typeof ROUNDS): Promise<EngineFigures> {
  const child = fileURLToPath(new URL("engine-child.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, engine, String(ROUNDS[engine])]);
  return JSON.parse(stdout) as EngineFigures;
}
