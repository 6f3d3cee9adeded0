import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { EngineFigures } from "./engine-child.js";

/** What is compared, and how often each photo goes through it at a time. */
const COMPARED = {
  onnx: { name: "ours", rounds: 12 },
  floor: { name: "floor", rounds: 12 },
  wasm: { name: "face-api, wasm", rounds: 5 },
  tensorflow: { name: "face-api, tfjs-node", rounds: 5 },
};
type Compared = keyof typeof COMPARED;

/** They take turns, and the least CPU time of each counts: what else the machine does comes and goes, and only adds to it. */
const TURNS = 4;

/** The same six photos through our engine, its floor and face-api by itself on each of its backends, a process each and turn. */
export async function run(): Promise<void> {
  const names = (Object.keys(COMPARED) as Compared[]).filter((name) => name !== "tensorflow" || hasTfjsNode());
  const figures = {} as Record<Compared, EngineFigures>;
  for (let turn = 0; turn < TURNS; turn++) {
    for (const name of names) {
      const measured = await measure(name);
      if (turn === 0 || measured.cpu < figures[name].cpu) figures[name] = measured;
    }
  }
  for (const name of names) {
    const { photos, faces, cpu, alone, rss } = figures[name];
    process.stdout.write(
      `${COMPARED[name].name.padEnd(20)} ${(cpu / photos).toFixed(1).padStart(6)} ms CPU a photo; ${alone.toFixed(1).padStart(6)} ms for one alone (median); ${(faces / photos).toFixed(2)} faces a photo; RSS ${Math.round(rss / 1e6)} MB\n`,
    );
  }
  const cpu = (name: Compared) => figures[name].cpu / figures[name].photos;
  process.stdout.write(`ours takes ${(cpu("onnx") / cpu("floor")).toFixed(2)} times the floor (the JPEG's pixels, the models, nothing else)\n`);
  for (const name of names.slice(2)) {
    process.stdout.write(`photos for each CPU second: ${(cpu(name) / cpu("onnx")).toFixed(1)} times as many as ${COMPARED[name].name}\n`);
  }
  if (!hasTfjsNode()) process.stdout.write("@tensorflow/tfjs-node is not installed: not compared with it\n");
}

function hasTfjsNode(): boolean {
  try {
    createRequire(import.meta.url)("@tensorflow/tfjs-node");
    return true;
  } catch {
    return false;
  }
}

async function measure(name: Compared): Promise<EngineFigures> {
  const child = fileURLToPath(new URL("engine-child.js", import.meta.url));
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" };
  const { stdout } = await promisify(execFile)(process.execPath, [child, name, String(COMPARED[name].rounds)], { env });
  return JSON.parse(stdout.slice(stdout.indexOf('{"photos"'))) as EngineFigures;
}
