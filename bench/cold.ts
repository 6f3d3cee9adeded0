import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { modelPath } from "../src/models/manifest.js";
import { median, ready, serve, until, withStorage } from "./served.js";

const STARTS = 7;

/** What a start consists of, each in a process of its own: code that prints the milliseconds it took. */
const PARTS: { name: string; code: string }[] = [
  { name: "Node itself", code: "console.log(performance.now())" },
  { name: "modules of the service", code: timed(`await import(${JSON.stringify(module("../src/main.js"))})`) },
  { name: "onnxruntime, in each worker", code: timed(`await import("onnxruntime-node")`) },
  { name: "the models, in each worker", code: timedAfter(`await import("onnxruntime-node"); const { openModel } = await import(${JSON.stringify(module("../src/faces/onnx/session.js"))})`, `await Promise.all(${JSON.stringify(["centerface", "landmarks"].map((name) => modelPath(name)))}.map(openModel))`) },
  { name: "sharp, with the first photo", code: timed(`await import("sharp")`) },
];

/** From the start of the process to ready and to the first result, and where the time goes. */
export async function run(): Promise<void> {
  await withStorage(async (root) => {
    const starts: { ready: number; result: number }[] = [];
    for (let start = 0; start < STARTS; start++) {
      const before = performance.now();
      const service = await serve(root);
      const [whenReady, result] = await Promise.all([ready(service, before), until(() => service.photo(0), before)]);
      starts.push({ ready: whenReady, result });
      await service.stop();
    }
    const figure = (which: "ready" | "result") => `${Math.round(median(starts.map((start) => start[which])))} ms`;
    process.stdout.write(`from the start of the process, median of ${STARTS}: ready ${figure("ready")}, first result ${figure("result")}\n`);
  });
  process.stdout.write("its parts, each alone in a process (workers load beside each other):\n");
  for (const { name, code } of PARTS) {
    const times = [];
    for (let start = 0; start < STARTS; start++) {
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], { cwd: fileURLToPath(new URL("../..", import.meta.url)) });
      times.push(Number(stdout));
    }
    process.stdout.write(`  ${name.padEnd(28)} ${String(Math.round(median(times))).padStart(4)} ms\n`);
  }
}

function timed(work: string): string {
  return timedAfter("", work);
}

function timedAfter(before: string, work: string): string {
  return `${before}; const start = performance.now(); ${work}; console.log(performance.now() - start); process.exit()`;
}

function module(path: string): string {
  return new URL(path, import.meta.url).href;
}
