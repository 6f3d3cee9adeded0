/** Has a pool analyse photos, odd ones and damaged ones by turns, all at once; prints how many ended how. */
import sharp from "sharp";
import { Failure } from "../../src/errors.js";
import { createFacePool } from "../../src/faces/pool.js";
import { SETTINGS } from "./pools.js";

const WORKERS = 3;
const [rounds] = process.argv.slice(2).map(Number);

/** A JPEG whose pixels are lost from the middle on, and one with stray bytes that lose none: libvips warns of both. */
async function damagedAndOdd(): Promise<{ damaged: Buffer; odd: Buffer }> {
  const noise = sharp({ create: { width: 200, height: 200, channels: 3, background: "#777", noise: { type: "gaussian", mean: 128, sigma: 60 } } });
  const whole = await noise.jpeg().toBuffer();
  const scan = whole.indexOf(Buffer.from([0xff, 0xda]));
  const odd = Buffer.concat([whole.subarray(0, scan), Buffer.alloc(9), whole.subarray(scan)]);
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, whole.length >> 1, (whole.length >> 1) + 300);
  return { damaged, odd };
}

const photos = await damagedAndOdd();
const pool = createFacePool({ ...SETTINGS, workers: WORKERS });
await pool.ready();
const outcome = async (kind: keyof typeof photos) => {
  const ended = await pool.analyze(new Uint8Array(photos[kind]), new AbortController().signal).then(() => "picture", (error: unknown) => (error instanceof Failure ? error.code : String(error)));
  return `${kind}: ${ended}`;
};
const outcomes = await Promise.all(Array.from({ length: rounds * WORKERS }, (_, i) => outcome(i % 3 === 0 ? "odd" : "damaged")));
const counted = Object.fromEntries([...new Set(outcomes)].sort().map((one) => [one, outcomes.filter((other) => other === one).length]));
await pool.close();
process.stdout.write(JSON.stringify(counted));
