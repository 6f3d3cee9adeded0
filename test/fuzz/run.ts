/** `npm run fuzz [-- --minutes N] [--seed S] [--only http|notification|pictures]`: other cases in every run, until the time is over. */
import { parseArgs } from "node:util";
import type { Part, Subject } from "./campaign.js";
import { HTTP } from "./http.js";
import { NOTIFICATION } from "./notification.js";
import { PICTURES } from "./pictures.js";
import { type Rule, RULES, type Tally } from "./rules.js";

const PARTS = { http: HTTP, notification: NOTIFICATION, pictures: PICTURES } as unknown as Record<string, Part<Subject>>;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, seed: { type: "string" }, only: { type: "string" } } });
const minutes = Number(values.minutes);
const first = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const names = values.only === undefined ? Object.keys(PARTS) : values.only.split(",");
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
if (!(minutes > 0) || !Number.isInteger(first) || unknown.length > 0) {
  process.stderr.write(`fuzz [--minutes N] [--seed S] [--only ${Object.keys(PARTS).join("|")}]: ${unknown.length > 0 ? `there is no part ${unknown.join(", ")}` : "numbers, please"}\n`);
  process.exit(2);
}

const tallies = new Map<string, Tally>();
let [current, seed] = ["", first];
/** HTTP is the widest surface, and its cases take the longest. */
const shareOf = (name: string) => (name === "http" ? 2 : 1);
const shares = names.reduce((sum, name) => sum + shareOf(name), 0);
for (const name of names) await play(name, Date.now() + (minutes * 60_000 * shareOf(name)) / shares);
table();
const cases = [...tallies.values()].reduce((sum, tally) => sum + tally.cases, 0);
process.stdout.write(`\n${cases} cases, none broke a rule.\n`);

/** Round after round until the time is over; each has the next seed. */
async function play(name: string, end: number): Promise<void> {
  const { start, properties } = PARTS[name];
  const subject = await start();
  tallies.set(name, subject.tally);
  for (seed = first; Date.now() < end; seed++) {
    for (const { name: what, holds, runs } of properties) {
      if (Date.now() >= end) break;
      current = `${name}: ${what}`;
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${subject.tally.cases} cases, seed ${seed}, ${current}`);
      await holds(subject, seed, runs).catch((error: Error) => fail(error.message, name));
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  await subject.close();
}

function fail(message: string, only = current.split(":", 1)[0]): never {
  table();
  process.stdout.write(`\nA rule is broken. ${current}, seed ${seed}: npm run fuzz -- --only ${only} --seed ${seed}\n${message}\n`);
  process.exit(1);
}

function table(): void {
  for (const [name, { cases, statuses, checks }] of tallies) {
    const ends = [...statuses].sort(([, a], [, b]) => b - a).map(([status, count]) => `${status} ${count}`);
    process.stdout.write(`\n## ${name}\n${cases} cases, seed ${first}; ended: ${ends.join(", ")}\n`);
    for (const [rule, sentence] of Object.entries(RULES)) {
      const count = checks.get(rule as Rule);
      if (count !== undefined) process.stdout.write(`${String(count).padStart(9)} × ${rule.padEnd(11)} ${sentence}\n`);
    }
  }
}
