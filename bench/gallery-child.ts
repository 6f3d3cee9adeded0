import { readFile } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openGallery } from "../src/people/lance.js";
import { madeUpPeople } from "./made-up-people.js";

/** What one process that only searches and enrols meets in a gallery of `people`. */
export interface Met {
  /** Milliseconds. */
  open: number;
  search: number[];
  tenFaces: number[];
  enrol: number[];
  /** The longest that the thread was held while searching, milliseconds. */
  held: number;
  /** Bytes, at the most: VmHWM. */
  memory: number;
  /** Who was found nearest, by the probe's number. */
  found: string[];
}

/** As many as the service asks for. */
const NEAREST = 10;
const [location, length, people, probes] = process.argv.slice(2).map((value, i) => (i === 0 ? value : Number(value))) as [string, number, number, number];
const face = madeUpPeople(length);
const numbers = (person: number, photo: number) => Array.from(face(person, photo));

const begin = performance.now();
const gallery = await openGallery({ location, model: { name: "bench", sha256: "0".repeat(64), length } });
const met: Met = { open: performance.now() - begin, search: [], tenFaces: [], enrol: [], held: 0, memory: 0, found: [] };
const timed = async <Result>(list: number[], work: () => Promise<Result>) => {
  const start = performance.now();
  const result = await work();
  list.push(performance.now() - start);
  return result;
};

for (let warm = 0; warm < 30; warm++) await gallery.nearest([numbers(warm % people, 77)], NEAREST);
const delay = monitorEventLoopDelay({ resolution: 1 });
for (let probe = 0; probe < probes; probe++) {
  const asked = numbers(Math.floor((probe * people) / probes), 99);
  delay.enable();
  const [[first]] = await timed(met.search, () => gallery.nearest([asked], NEAREST));
  delay.disable();
  met.found.push(first.name);
}
met.held = delay.max / 1e6;
for (let i = 0; i < 20; i++) await timed(met.tenFaces, () => gallery.nearest(Array.from({ length: 10 }, (_, k) => numbers((i * 10 + k) % people, 98)), NEAREST));
met.memory = await peak();
for (let i = 0; i < 100; i++) await timed(met.enrol, () => gallery.enrol({ photo: `oss://photos/people/new/${i}.jpg`, name: `new ${i}`, enrolledAt: new Date(0).toISOString(), descriptor: numbers(people + i, 0) }));
await gallery.close();
process.send!(met);
process.disconnect();

async function peak(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(status) ?? [];
  return kilobytes === undefined ? process.memoryUsage().rss : Number(kilobytes) * 1024;
}
