import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadLibrary } from "../src/faces/face-api/library.js";
import { packageFolder } from "../src/faces/face-api/networks.js";
import type { Pixels } from "../src/faces/face-api/recognise.js";
import { createFacePool } from "../src/faces/pool.js";
import { loadSharp } from "../src/image/sharp.js";
import { samplePhotos } from "../src/samples.js";
import { CHEAPEST, createFloor, OPTIONS } from "./floor.js";
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

/**
 * face-api by itself, as its documentation has it, on this thread: its chain of detection, landmarks and descriptors.
 * Pixels come from TensorFlow's own decoder where there is one, else from sharp, in the cheapest way.
 */
async function faceApi(backend: "wasm" | "tensorflow"): Promise<Analyse> {
  const { faceapi } = await loadLibrary([backend]);
  const networks = [faceapi.nets.ssdMobilenetv1, faceapi.nets.faceLandmark68Net, faceapi.nets.faceRecognitionNet];
  await Promise.all(networks.map((network) => network.loadFromDisk(join(packageFolder(), "model"))));
  const settings = new faceapi.SsdMobilenetv1Options({ minConfidence: OPTIONS.minScore, maxResults: 100 });
  const { node } = faceapi.tf as unknown as { node?: { decodeImage(bytes: Uint8Array, channels: 3): Pixels } };
  const sharp = await loadSharp();
  async function pixelsOf(bytes: Uint8Array): Promise<Pixels> {
    if (backend === "tensorflow" && node) return node.decodeImage(bytes, 3);
    const { data, info } = await sharp(bytes, CHEAPEST).raw().toBuffer({ resolveWithObject: true });
    return faceapi.tf.tensor3d(data, [info.height, info.width, 3], "int32");
  }
  return async (bytes) => {
    const pixels = await pixelsOf(bytes);
    const faces = await faceapi.detectAllFaces(pixels, settings).withFaceLandmarks().withFaceDescriptors();
    pixels.dispose();
    return faces.length;
  };
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
