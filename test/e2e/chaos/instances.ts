import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Balancer } from "../../kit/balancer.js";
import type { Random } from "../../kit/random.js";
import { type LogLine, type ServiceProcess, serveProcess } from "../../kit/service-process.js";

/** Between two kills, milliseconds. */
const QUIET = [2000, 8000] as const;
/** Until a load balancer has heard that an instance is gone, milliseconds. */
const HEARSAY = 800;

export interface Instances {
  /** Kills one after the other at random, and starts another for it at once, until it is told to end. */
  harass: (end: AbortSignal) => Promise<void>;
  /** By SIGKILL, by SIGTERM. */
  readonly kills: { hard: number; soft: number };
  /** Drains that did not end with 0. */
  readonly wrong: string[];
  /** Drains all. */
  close: () => Promise<void>;
}

/** Instances of the real service behind the balancer. */
export async function startInstances(count: number, { balancer, env, random, each }: { balancer: Balancer; env: Record<string, string>; random: Random; each: (line: LogLine) => void }): Promise<Instances> {
  const kills = { hard: 0, soft: 0 };
  const wrong: string[] = [];
  const drains: Promise<void>[] = [];

  async function startOne(): Promise<ServiceProcess> {
    const instance = await serveProcess(env, each);
    instance.ready.then(
      () => instance.child.exitCode === null && !instance.child.killed && balancer.targets.add(instance.port),
      () => undefined, // killed before
    );
    return instance;
  }

  async function drain(instance: ServiceProcess): Promise<void> {
    const { code, signal } = await instance.stop();
    if (code !== 0) wrong.push(`a drain ended with ${code ?? signal}`);
  }

  const running = await Promise.all(Array.from({ length: count }, startOne));
  await Promise.all(running.map(({ ready }) => ready));
  return {
    kills,
    wrong,
    async harass(end) {
      while (!end.aborted) {
        await pause(random.between(...QUIET), undefined, { signal: end }).catch(() => undefined);
        if (end.aborted) return;
        const place = random.between(0, count - 1);
        const instance = running[place];
        setTimeout(() => balancer.targets.delete(instance.port), random.between(0, HEARSAY));
        if (random.chance(0.5)) {
          kills.hard++;
          instance.child.kill("SIGKILL");
          await once(instance.child, "exit");
        } else {
          kills.soft++;
          drains.push(drain(instance));
        }
        running[place] = await startOne();
      }
    },
    async close() {
      await Promise.all([...drains, ...running.map(drain)]);
    },
  };
}
