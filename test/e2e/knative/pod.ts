/**
 * Inside a network of its own, for queue-proxy's ports are fixed: the service behind the real queue-proxy, with the
 * probes and limits of service.yaml, drained with requests in flight. `node pod.js ORDER`: `knative` ends queue-proxy
 * first and the service when `/wait-for-drain` allows it, as Knative's preStop hook does; `wrong` the other way round.
 */
import { deepEqual, equal } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parse } from "yaml";
import { endWithUs } from "../../kit/end-with-us.js";
import { folderBucket } from "../../kit/service.js";
import { type ServiceProcess, serveProcess } from "../../kit/service-process.js";
import { sendTo, upload } from "./world.js";

const QUEUE_PROXY = "http://127.0.0.1:8012";
const WAIT_FOR_DRAIN = "http://127.0.0.1:8022/wait-for-drain";
/** More than run at once: some wait in queue-proxy. */
const REQUESTS = 12;
/** What the Broker tries again. */
const RETRIED = [502, 503];

interface Probe {
  httpGet: { path: string };
}
interface Manifest {
  spec: { template: { spec: { containerConcurrency: number; timeoutSeconds: number; containers: { readinessProbe: Probe; livenessProbe: Probe }[] } } };
}
const { spec } = (parse(readFileSync(new URL("../../../../service.yaml", import.meta.url), "utf8")) as Manifest).spec.template;
const { readinessProbe, livenessProbe } = spec.containers[0];

/** The environment that Serving gives it. @see knative.dev/serving pkg/reconciler/revision/resources/queue.go */
function startQueueProxy(port: number) {
  const probe = { ...readinessProbe, httpGet: { ...readinessProbe.httpGet, port, host: "127.0.0.1", scheme: "HTTP" }, successThreshold: 1 };
  const env = {
    CONTAINER_CONCURRENCY: String(spec.containerConcurrency),
    REVISION_TIMEOUT_SECONDS: String(spec.timeoutSeconds),
    SERVING_READINESS_PROBE: JSON.stringify(probe),
    USER_PORT: String(port),
    QUEUE_SERVING_PORT: "8012",
    QUEUE_SERVING_TLS_PORT: "8112",
    SERVING_LOGGING_CONFIG: "",
    SERVING_LOGGING_LEVEL: "info",
    SERVING_NAMESPACE: "default",
    SERVING_CONFIGURATION: "event-display",
    SERVING_REVISION: "event-display-00001",
    SERVING_SERVICE: "event-display",
    SERVING_POD: "pod-1",
    SERVING_POD_IP: "127.0.0.1",
    TRACING_CONFIG_BACKEND: "none",
    METRICS_DOMAIN: "knative.dev/serving",
  };
  return spawn("queue-proxy", { env: { ...process.env, ...env }, stdio: "ignore" });
}

/** Kubelet's readiness probe of a pod of Knative. @returns the status; 0 while nothing listens */
async function readiness(): Promise<number> {
  try {
    return (await fetch(QUEUE_PROXY, { headers: { "K-Network-Probe": "queue", "User-Agent": "kube-probe/1.33" } })).status;
  } catch {
    return 0;
  }
}

/** Probes as kubelet does, only more often. */
async function readinessIs(status: number): Promise<void> {
  while ((await readiness()) !== status) await pause(20);
}

const send = (number: string) => sendTo(QUEUE_PROXY, upload("team.jpg", number));

/** Sends them all; settles when as many as may run at once are in work. */
async function inFlight(service: ServiceProcess): Promise<Promise<number[]>[]> {
  const answers = Promise.all(Array.from({ length: REQUESTS }, (_, i) => send(`drain-${i}`)));
  const shown = () => service.log.filter(({ event }) => event?.id.startsWith("drain-")).length;
  await service.logged(() => shown() >= Math.min(REQUESTS, spec.containerConcurrency));
  return [answers]; // boxed: not to be waited for yet
}

const bucket = await folderBucket();
await bucket.copySample(1, "team.jpg");
const service = await serveProcess({ STORAGE: bucket.root });
const proxy = startQueueProxy(service.port);
endWithUs(proxy);
const proxyExit = once(proxy, "exit") as Promise<[number | null]>;
try {
  await readinessIs(200);
  deepEqual([(await fetch(service.url + readinessProbe.httpGet.path)).status, (await fetch(service.url + livenessProbe.httpGet.path)).status], [200, 200]);
  const [answers] = await inFlight(service);
  const seen = process.argv[2] === "wrong" ? await wrongOrder(answers) : await knativeOrder(answers);
  process.stdout.write(`${seen}\n`);
} finally {
  proxy.kill("SIGKILL");
  service.child.kill("SIGKILL");
  await bucket.remove();
}

async function knativeOrder(answers: Promise<number[]>): Promise<string> {
  proxy.kill("SIGTERM");
  const drained = fetch(WAIT_FOR_DRAIN);
  await readinessIs(503);
  const late = send("late"); // whoever has not heard of it yet
  deepEqual(await answers, Array(REQUESTS).fill(200));
  deepEqual([await late, (await drained).status], [200, 200]);
  deepEqual([await service.stop(), (await proxyExit)[0]], [{ code: 0, signal: null }, 0]);
  return `readiness by queue-proxy 200; TERM to queue-proxy: readiness 503, ${REQUESTS} of ${REQUESTS} in flight answered 200, one that came later too; /wait-for-drain, TERM to us: both exit 0`;
}

async function wrongOrder(answers: Promise<number[]>): Promise<string> {
  const exit = service.stop();
  proxy.kill("SIGTERM");
  await readinessIs(503);
  const statuses = await answers;
  const done = statuses.filter((status) => status === 200).length;
  const sentBack = statuses.filter((status) => RETRIED.includes(status)).length;
  equal(done + sentBack, REQUESTS, `answers ${statuses.join()}`);
  equal(done >= spec.containerConcurrency, true, `${done} answered 200 of ${spec.containerConcurrency} in work`);
  deepEqual([await exit, RETRIED.includes(await send("late"))], [{ code: 0, signal: null }, true]);
  return `TERM to us, then to queue-proxy: readiness 503, ${done} answered 200, ${sentBack} that waited in queue-proxy were sent back for the Broker's retry; exit 0`;
}
