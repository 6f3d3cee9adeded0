import { readFile } from "node:fs/promises";
import { createFacePool } from "../src/faces/pool.js";
import { samplePhotos } from "../src/samples.js";

/** Times in milliseconds, for all photos together. */
export interface EngineFigures {
  name: string;
  photos: number;
  faces: number;
  cpu: number;
  wall: number;
  rss: number;
}

// One worker, one photo after the other; landmarks and descriptors as face-api's users take them.
const [engine, rounds] = process.argv.slice(2);
const options = { details: ["landmarks", "descriptor"] as const, detectSize: 512, minScore: 0.5, minFace: 0 };
const pool = createFacePool({ engine: engine as "onnx" | "face-api", workers: 1, options, maxPixels: 1e9 });
await pool.ready();
const signal = new AbortController().signal;
const files = await Promise.all(samplePhotos().map((file) => readFile(file)));

async function analyseAll(): Promise<number> {
  let faces = 0;
  for (const file of files) faces += (await pool.analyze(new Uint8Array(file), signal)).faces.length;
  return faces;
}

await analyseAll(); // warm
const [cpuBefore, before] = [process.cpuUsage(), performance.now()];
let faces = 0;
for (let round = 0; round < Number(rounds); round += 1) faces += await analyseAll();
const { user, system } = process.cpuUsage(cpuBefore);
const figures: EngineFigures = {
  name: engine,
  photos: files.length * Number(rounds),
  faces,
  cpu: (user + system) / 1000,
  wall: performance.now() - before,
  rss: process.memoryUsage().rss,
};
process.stdout.write(JSON.stringify(figures));
await pool.close();
