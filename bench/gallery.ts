import { fork } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { progress } from "../src/cli/progress.js";
import { plotSvg } from "../src/evaluation/plot.js";
import { distance } from "../src/faces/distance.js";
import { openGallery } from "../src/people/lance.js";
import type { Met } from "./gallery-child.js";
import { madeUpPeople } from "./made-up-people.js";
import { quantile } from "./served.js";

const PROBES = 200;
const AT_ONCE = 1000;
const LENGTHS = { single: 128, fused: 256 };
const PLOT = fileURLToPath(new URL("../../docs/gallery.svg", import.meta.url));

/** Photos of each person; where there are several, the people are as many fewer. */
const PHOTOS = [1, 10];
/** So many photos in all are measured with several a person. */
const SEVERAL = 100_000;

interface Row {
  kind: string;
  people: number;
  photos: number;
  p50: number;
  p95: number;
}

/** Enrolment and search among made-up people, one photo each and ten each: `-- gallery [--sizes 1000,10000] [--kinds single,fused]`. */
export async function run(): Promise<void> {
  const { values } = parseArgs({ allowPositionals: true, options: { sizes: { type: "string", default: "1000,10000,100000,1000000" }, kinds: { type: "string", default: "single,fused" } } });
  const sizes = values.sizes.split(",").map(Number);
  const rows: Row[] = [];
  process.stdout.write(`${["descriptor", "people", "photos each", "bulk/s", "one, ms", "open, ms", "search p50", "p95", "ten faces", "recall", "held, ms", "memory", "on disk"].map(cell).join("")}\n`);
  for (const kind of values.kinds.split(",") as (keyof typeof LENGTHS)[]) {
    for (const size of sizes) {
      for (const photos of PHOTOS.filter((each) => each === 1 || size <= SEVERAL)) rows.push(await measure(kind, Math.ceil(size / photos), photos));
    }
  }
  if (sizes.length > 1) await writeFile(PLOT, plot(rows.filter(({ photos }) => photos === 1)));
}

async function measure(kind: keyof typeof LENGTHS, people: number, photos: number): Promise<Row> {
  const location = await mkdtemp(join(tmpdir(), "gallery-bench-"));
  try {
    const length = LENGTHS[kind];
    const seconds = await fill(location, length, people, photos);
    const met = await searchElsewhere(location, length, people);
    const exact = exactly(length, people, photos);
    const recall = met.found.filter((name, probe) => name === exact[probe]).length / PROBES;
    const row = { kind, people, photos, p50: quantile(met.search, 0.5), p95: quantile(met.search, 0.95) };
    const cells = [kind, people, photos, Math.round((people * photos) / seconds), quantile(met.enrol, 0.5).toFixed(1), met.open.toFixed(0), row.p50.toFixed(1), row.p95.toFixed(1), quantile(met.tenFaces, 0.5).toFixed(1), recall.toFixed(3), met.held.toFixed(1), `${Math.round(met.memory / 1e6)} MB`, `${Math.round((await sizeOf(location)) / 1e6)} MB`];
    process.stdout.write(`${cells.map(cell).join("")}\n`);
    return row;
  } finally {
    await rm(location, { recursive: true });
  }
}

/** @returns seconds until all are enrolled and the index is made */
async function fill(location: string, length: number, people: number, photos: number): Promise<number> {
  const face = madeUpPeople(length);
  const gallery = await openGallery({ location, model: { name: "bench", sha256: "0".repeat(64), length } });
  const shown = progress("enrolled", people * photos);
  let spent = 0;
  for (let from = 0; from < people * photos; from += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, people * photos - from) }, (_, i) => ({
      photo: `oss://photos/people/person ${(from + i) % people}/${Math.floor((from + i) / people)}.jpg`,
      name: `person ${(from + i) % people}`,
      etag: "0123456789ABCDEF0123456789ABCDEF",
      enrolledAt: new Date(from + i).toISOString(),
      quality: 0.5,
      descriptor: Array.from(face((from + i) % people, Math.floor((from + i) / people))),
    }));
    const begin = performance.now();
    await gallery.enrolAll(batch);
    spent += performance.now() - begin;
    shown.at(from + batch.length);
  }
  const begin = performance.now();
  await gallery.close();
  shown.end();
  return (spent + performance.now() - begin) / 1000;
}

function searchElsewhere(location: string, length: number, people: number): Promise<Met> {
  const child = fork(fileURLToPath(new URL("gallery-child.js", import.meta.url)), [location, String(length), String(people), String(PROBES)]);
  return new Promise((resolve, reject) => {
    child.on("message", resolve);
    child.on("exit", (code) => reject(new Error(`the searching process ended with ${code}`)));
  });
}

/** The nearest person of each probe, by comparing with everybody. */
function exactly(length: number, people: number, photos: number): string[] {
  const face = madeUpPeople(length);
  const probes = Array.from({ length: PROBES }, (_, probe) => ({ numbers: face(Math.floor((probe * people) / PROBES), 99), best: Infinity, name: "" }));
  const shown = progress("compared", people);
  for (let person = 0; person < people; person++) {
    for (let photo = 0; photo < photos; photo++) {
      const numbers = face(person, photo);
      for (const probe of probes) {
        if (isFarther(numbers, probe.numbers, probe.best)) continue;
        const apart = distance(numbers, probe.numbers);
        if (apart < probe.best) Object.assign(probe, { best: apart, name: `person ${person}` });
      }
    }
    if (person % 1000 === 0) shown.at(person);
  }
  shown.end();
  return probes.map(({ name }) => name);
}

/** Already by the first numbers: what the others add is never below 0. */
function isFarther(a: Float32Array, b: Float32Array, limit: number): boolean {
  let sum = 0;
  for (let k = 0; k < 128; k++) {
    sum += (a[k] - b[k]) ** 2;
    if (sum > limit * limit) return true;
  }
  return false;
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function plot(rows: readonly Row[]): string {
  const most = Math.max(...rows.map(({ people }) => people));
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const line = (kind: string, value: "p50" | "p95") => ({ name: `${kind}, ${value}`, points: rows.filter((row) => row.kind === kind).map((row): [number, number] => [row.people, row[value]]) });
  return plotSvg({
    title: "Searching one face: milliseconds by people enrolled",
    x: { label: "people, one photo each", from: 10 ** Math.floor(Math.log10(Math.min(...rows.map(({ people }) => people)))), to: 10 ** Math.ceil(Math.log10(most)), log: true },
    y: { label: "milliseconds", from: 1, to: 100, log: true },
    series: kinds.flatMap((kind) => [line(kind, "p50"), line(kind, "p95")]),
    marks: [],
  });
}

function cell(value: string | number): string {
  return String(value).padStart(12);
}
