/**
 * `npm run load [-- --seconds 20]`: one instance, started as the image does, under a rising rate of photos that do not
 * wait for each other: what it gets done, how long that takes, what it refuses, and what memory it takes.
 */
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { plotSvg } from "../src/evaluation/plot.js";
import { type Answered, closedLoop, createClient, openLoop } from "./open-loop.js";
import { quantile, ready, serve, type Served, withStorage } from "./served.js";

const RATES = [0.25, 0.5, 1, 2, 4];
const AT_ONCE = 8;
/** Of the best throughput, what has to be left at the highest rate. */
const LEFT = 0.9;
const SAMPLED_EVERY = 200;
const [PLOT, MANIFEST] = ["docs/load.svg", "service.yaml"].map((name) => fileURLToPath(new URL(`../../${name}`, import.meta.url)));

interface Row {
  /** Times the capacity. */
  rate: number;
  /** Asked for, answered 200, answered 429 in a second; all other answers together. */
  asked: number;
  done: number;
  refused: number;
  other: number;
  /** Milliseconds until each 200. */
  times: number[];
  /** MiB, at the most. */
  memory: number;
  /** Cores in use, by the service and by this process: where others use the machine, done/CPU s tells what throughput cannot. */
  cpu: number;
  client: number;
}

const { values } = parseArgs({ options: { seconds: { type: "string", default: "20" } } });
const seconds = Number(values.seconds);

await withStorage(async (root) => {
  const service = await serve(root);
  const client = createClient(service.url);
  await ready(service);
  await closedLoop(client, AT_ONCE, 1000); // what is loaded or made with the first photos
  process.stdout.write(`${["rate", "asked/s", "done/s", "429/s", "other", "p50, ms", "p95, ms", "p99, ms", "memory", "cores", "client's", "done/CPU s"].map(cell).join("")}\n`);
  const rows = [await measure(service, 1, () => closedLoop(client, AT_ONCE, seconds * 1000))];
  const [{ done: capacity }] = rows;
  tell("closed", rows[0]);
  for (const rate of RATES) {
    const row = await measure(service, rate, () => openLoop(client, rate * capacity, seconds * 1000));
    tell(`${rate} x`, row);
    rows.push(row);
  }
  const peak = await service.memory("VmHWM");
  client.close();
  await service.stop();
  await writeFile(PLOT, plot(rows.slice(1), capacity));
  await conclude(rows, peak);
});

/** Answers that came after the time of measuring count as late, not as done. */
async function measure(service: Served, rate: number, work: () => Promise<Answered[]>): Promise<Row> {
  const end = performance.now() + seconds * 1000;
  let memory = 0;
  const sampling = setInterval(() => void service.memory("VmRSS").then((now) => (memory = Math.max(memory, now))), SAMPLED_EVERY);
  const [answers, usage] = await Promise.all([work(), usageOf(service)]);
  clearInterval(sampling);
  const [done, refused] = [200, 429].map((status) => answers.filter((answer) => answer.status === status));
  return {
    rate,
    asked: answers.length / seconds,
    done: done.filter(({ at }) => at <= end).length / seconds,
    refused: refused.length / seconds,
    other: answers.length - done.length - refused.length,
    times: done.map(({ took }) => took),
    memory,
    ...usage,
  };
}

/** Cores in use within the time of measuring. */
async function usageOf(service: Served): Promise<Pick<Row, "cpu" | "client">> {
  const before = { client: process.cpuUsage(), service: await service.cpu(), at: performance.now() };
  await pause(seconds * 1000);
  const { user, system } = process.cpuUsage(before.client);
  const spent = (await service.cpu()) - before.service;
  const took = (performance.now() - before.at) / 1000;
  return { cpu: spent / took, client: (user + system) / 1e6 / took };
}

function tell(name: string, { asked, done, refused, other, times, memory, cpu, client }: Row): void {
  const quantiles = [0.5, 0.95, 0.99].map((share) => (times.length > 0 ? Math.round(quantile(times, share)) : "-"));
  const cells = [name, ...[asked, done, refused].map((rate) => rate.toFixed(1)), other, ...quantiles, `${Math.round(memory)} MiB`, cpu.toFixed(2), client.toFixed(3), (done / cpu).toFixed(1)];
  process.stdout.write(`${cells.map(cell).join("")}\n`);
}

/** Exit code 1 where throughput fell, memory went over what service.yaml allows, or a request got neither 200 nor 429. */
async function conclude(rows: Row[], peak: number): Promise<void> {
  const best = Math.max(...rows.map(({ done }) => done));
  const left = rows.at(-1)!.done / best;
  const bound = await memoryLimit();
  const other = rows.reduce((sum, row) => sum + row.other, 0);
  process.stdout.write(`at ${RATES.at(-1)} times the capacity ${(100 * left).toFixed(0)} % of the best throughput; peak memory ${Math.round(peak)} of ${bound} MiB; other answers ${other}\n`);
  process.exitCode = left >= LEFT && peak <= bound && other === 0 ? 0 : 1;
}

/** MiB, of service.yaml. */
async function memoryLimit(): Promise<number> {
  const { spec } = parse(await readFile(MANIFEST, "utf8")) as { spec: { template: { spec: { containers: { resources: { limits: { memory: string } } }[] } } } };
  return parseFloat(spec.template.spec.containers[0].resources.limits.memory) * 1024;
}

function plot(rows: Row[], capacity: number): string {
  const line = (name: string, value: (row: Row) => number) => ({ name, points: rows.map((row): [number, number] => [row.rate, value(row) / capacity]) });
  return plotSvg({
    title: "One instance under load",
    x: { label: "photos asked for, times the capacity", from: 0, to: RATES.at(-1)! },
    y: { label: "answers, times the capacity", from: 0, to: RATES.at(-1)! },
    series: [line("answered 200", ({ done }) => done), line("answered 429", ({ refused }) => refused)],
    marks: [],
  });
}

function cell(value: string | number): string {
  return String(value).padStart(12);
}
