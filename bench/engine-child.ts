import { readFile } from "node:fs/promises";
import { createFacePool } from "../src/faces/pool.js";
import { samplePhotos } from "../src/samples.js";
import { createFloor, OPTIONS } from "./floor.js";
import { median } from "./served.js";

/** Times in milliseconds, for all photos together; `alone`: the median from a photo's bytes to its faces. */
export interface EngineFigures {
  photos: number;
  faces: number;
  cpu: number;
  alone: number;
  rss: number;
}

const MAX_PIXELS = 1e9;

/** One of the things that are compared: from a photo's bytes to the number of its faces. */
type Analyse = (bytes: Uint8Array<ArrayBuffer>) => Promise<number>;

const ENGINES: Record<string, () => Promise<Analyse>> = {
  async onnx() {
    const pool = createFacePool({ engine: "onnx", workers: 1, options: OPTIONS, maxPixels: MAX_PIXELS });
    await pool.ready();
    const { signal } = new AbortController();
    return async (bytes) => (await pool.analyze(bytes, signal)).faces.length;
  },
  wasm: () => faceApi("wasm"),
  tensorflow: () => faceApi("tensorflow"),
  floor: createFloor,
};

/** face-api on this thread, which spares it the way to a worker and back. */
async function faceApi(backend: "wasm" | "tensorflow"): Promise<Analyse> {
  const { createFaceApiEngine } = await import("../src/faces/face-api/engine.js");
  const { decodePicture, WORKING_SIZE } = await import("../src/image/decode.js");
  const engine = await createFaceApiEngine(OPTIONS, [backend]);
  return async (bytes) => (await engine.find(await decodePicture(bytes, { maxPixels: MAX_PIXELS, workingSize: WORKING_SIZE }))).length;
}

const [name, rounds] = process.argv.slice(2);
const analyse = await ENGINES[name]();
const files = await Promise.all(samplePhotos().map((file) => readFile(file)));
for (let round = 0; round < 2; round++) for (const file of files) await analyse(new Uint8Array(file)); // warm

const times: number[] = [];
let faces = 0;
const before = process.cpuUsage();
for (let round = 0; round < Number(rounds); round++) {
  for (const file of files) {
    const start = performance.now();
    faces += await analyse(new Uint8Array(file));
    times.push(performance.now() - start);
  }
}
const { user, system } = process.cpuUsage(before);
const figures: EngineFigures = { photos: times.length, faces, cpu: (user + system) / 1000, alone: median(times), rss: process.memoryUsage().rss };
process.stdout.write(JSON.stringify(figures), () => process.exit());
