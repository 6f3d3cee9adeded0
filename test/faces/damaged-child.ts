/** Has a pool analyse photos, odd ones and damaged ones by turns, all at once; prints how many ended how, and why. */
import sharp from "sharp";
import { Failure } from "../../src/errors.js";
import { createFacePool } from "../../src/faces/pool.js";
import { SETTINGS } from "./pools.js";

const WORKERS = 3;
const [rounds] = process.argv.slice(2).map(Number);

/** JPEGs whose pixels are lost from the middle on, or end there, a PNG that ends there, and a JPEG with stray bytes that lose none: libvips warns of all. */
async function pictures(): Promise<Record<string, Buffer>> {
  const noise = sharp({ create: { width: 200, height: 200, channels: 3, background: "#777", noise: { type: "gaussian", mean: 128, sigma: 60 } } });
  const [whole, png] = await Promise.all([noise.jpeg().toBuffer(), noise.png().toBuffer()]);
  const scan = whole.indexOf(Buffer.from([0xff, 0xda]));
  const odd = Buffer.concat([whole.subarray(0, scan), Buffer.alloc(9), whole.subarray(scan)]);
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, whole.length >> 1, (whole.length >> 1) + 300);
  return { odd, damaged, short: whole.subarray(0, whole.length >> 1), png: png.subarray(0, png.length >> 1), header: Buffer.from("ffd8ffe000104a464946", "hex") };
}

const photos = await pictures();
const pool = createFacePool({ ...SETTINGS, workers: WORKERS });
await pool.ready();
const outcome = async (kind: string) => {
  const ended = await pool.analyze(new Uint8Array(photos[kind]), new AbortController().signal).then(() => "picture", (error: unknown) => (error instanceof Failure ? `${error.code}: ${error.message.split(":")[0]}` : String(error)));
  return `${kind}: ${ended}`;
};
const kinds = Object.keys(photos);
const outcomes = await Promise.all(Array.from({ length: rounds * kinds.length }, (_, i) => outcome(kinds[i % kinds.length])));
const counted = Object.fromEntries([...new Set(outcomes)].sort().map((one) => [one, outcomes.filter((other) => other === one).length]));
await pool.close();
process.stdout.write(JSON.stringify(counted));
