import { setTimeout as pause } from "node:timers/promises";
import { progress } from "../../../src/cli/progress.js";
import { encodeEvent } from "../../../src/sources/notification.js";
import { startBalancer } from "../../kit/balancer.js";
import { startCollector } from "../../kit/collector.js";
import { randomOf } from "../../kit/random.js";
import { notification } from "../../kit/service.js";
import { startOssServer } from "../../storage/oss-server.js";
import { KEY } from "../../storage/support.js";
import { broker, openNamespace, trigger } from "../knative/namespace.js";
import { isNoProbe, reachesCollector, reachesService } from "../knative/probe.js";
import { ossEnv } from "../knative/world.js";
import { startInstances } from "./instances.js";
import { readLog } from "./log.js";
import type { ChaosOptions } from "./options.js";
import { BUCKET, makeUpPhoto, type Photo, readContents, upload } from "./photos.js";
import { quietRun } from "./quiet.js";
import type { Report } from "./report.js";
import { fickleSink } from "./sink.js";
import { judge } from "./verdict.js";

const INSTANCES = 2;
/** Events in flight: the ingress answers when all is delivered. */
const AT_ONCE = 32;
/** 0, 0.5, 1, 1.5 … s: about four minutes in all, for 10 s may pass until a stalled object is noticed. */
const PATIENT = (deadLetters: string) => `  filters: [{ not: { prefix: { type: faces. } } }]
  delivery:
    retry: 30
    backoffPolicy: linear
    backoffDelay: PT0.5S
    deadLetterSink: { uri: "${deadLetters}" }
`;

/** Photos through the real Broker into two instances that are killed, with an object store and a sink that fail. */
export async function runChaos({ events, seed, minutes }: ChaosOptions): Promise<Report> {
  const began = performance.now();
  const contents = await readContents();
  const oss = await startOssServer(KEY);
  const quiet = await quietRun(contents, oss);

  const random = randomOf(seed);
  const sink = fickleSink(randomOf(seed + 1));
  const [namespace, balancer, bySink, byReply, deadLetters] = await Promise.all([
    openNamespace(`oss-faces-chaos-${process.pid}`),
    startBalancer(),
    startCollector(sink.answer),
    startCollector(),
    startCollector(),
  ]);
  const photos: Photo[] = [];
  const log = readLog();
  const env = { ...ossEnv(oss), RESULTS: "log,reply,sink", K_SINK: bySink.url };
  const instances = await startInstances(INSTANCES, { balancer, env, random: randomOf(seed + 2), each: (line) => log.each(line) });
  await namespace.apply(
    broker("chaos") +
      trigger("photos", { broker: "chaos", subscriber: `{ uri: "${balancer.url}" }`, rest: PATIENT(deadLetters.url) }) +
      trigger("results", { broker: "chaos", subscriber: `{ uri: "${byReply.url}" }`, rest: "  filters: [{ prefix: { type: faces. } }]\n" }),
  );
  await namespace.ready("broker/chaos", "trigger/photos", "trigger/results");

  const ingress = namespace.ingress("chaos");
  await Promise.all([reachesService(ingress, log.first), reachesCollector(ingress, byReply)]);

  let sentAgain = 0;
  const shown = progress("photos", events);
  async function sender(): Promise<void> {
    while (photos.length < events && performance.now() - began < minutes * 60_000) {
      const photo = makeUpPhoto(photos.length, contents, random);
      photos.push(photo);
      upload(photo, contents, oss);
      while (!(await taken(photo, ingress))) {
        sentAgain++;
        await pause(500);
      }
      shown.step();
    }
  }
  const calm = new AbortController();
  const harassed = instances.harass(calm.signal);
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  calm.abort();
  await harassed;
  await instances.close();
  shown.end();

  const received = { "K_SINK": bySink.received, reply: byReply.received.filter(isNoProbe) };
  const { duplicates, wrong } = judge({ photos, expected: contents.expected, quiet, received, skipped: log.skipped });
  for (const { id, lastAnswer } of deadLetters.received) wrong.push(`${id} was given up by the Broker, last answer ${lastAnswer ?? "none"}`);
  const ossFaults = photos.reduce((sum, { faults }) => sum + faults.length, 0);
  await Promise.all([balancer, bySink, byReply, deadLetters, oss].map((part) => part.close()));
  return {
    seed,
    photos: photos.length,
    seconds: (performance.now() - began) / 1000,
    kills: instances.kills,
    deliveries: log.deliveries(),
    refused: log.refused,
    sinkFailed: sink.failed,
    ossFaults,
    sentAgain,
    deadLetters: deadLetters.received.length,
    duplicates,
    wrong: [...instances.wrong, ...wrong],
  };
}

/** Sends an event. @returns false where the ingress did not take it */
async function taken({ key, id, form, mode }: Photo, ingress: string): Promise<boolean> {
  const { headers, body } = encodeEvent(notification({ bucket: BUCKET, key }, form, id), mode);
  try {
    const response = await fetch(ingress, { method: "POST", headers, body });
    await response.arrayBuffer();
    return response.status === 202;
  } catch {
    return false;
  }
}
