import { readFile } from "node:fs/promises";
import type { CloudEventV1 } from "cloudevents";
import { encodeEvent, type EncodingMode } from "../../../src/sources/notification.js";
import { type Balancer, startBalancer } from "../../kit/balancer.js";
import { type Collector, startCollector } from "../../kit/collector.js";
import { notification, sample, send } from "../../kit/service.js";
import { type LogLine, serveProcess, type ServiceProcess } from "../../kit/service-process.js";
import { type OssServer, startOssServer } from "../../storage/oss-server.js";
import { KEY } from "../../storage/support.js";
import { broker, type Namespace, openNamespace, trigger } from "./namespace.js";
import { reachesCollector, reachesService } from "./probe.js";

export const BUCKET = "photos";
/** The Brokers that trigger.yaml names. */
export const BROKERS = ["default", "eventbridge-default-broker"] as const;
export const SERVICE_REF = "{ ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: event-display } }";
const TRIGGERS = ["oss-faces-eventbridge", "oss-faces-mnsoss"];

/** Our own service.yaml and trigger.yaml in a cluster, the service behind them, and who takes its results. */
export interface World {
  namespace: Namespace;
  oss: OssServer;
  /** What Serving's address would lead to. */
  balancer: Balancer;
  service: ServiceProcess;
  /** The second Triggers' subscriber. */
  results: Collector;
  /** Puts the first sample photo, which shows 3 faces. */
  photo: (key: string) => void;
  close(): Promise<void>;
}

export const ossEnv = (oss: OssServer) => ({ OSS_ENDPOINT: oss.url, OSS_REGION: "cn-hangzhou", OSS_ACCESS_KEY_ID: KEY.accessKeyId, OSS_ACCESS_KEY_SECRET: KEY.accessKeySecret });

export async function openWorld(name: string): Promise<World> {
  const [namespace, oss, balancer, results, bytes] = await Promise.all([openNamespace(name), startOssServer(KEY), startBalancer(), startCollector(), readFile(sample(1))]);
  const service = await serveProcess({ ...ossEnv(oss), EVENT_DEADLINE: "5s" });
  balancer.targets.add(service.port);
  const subscriber = (of: string) => trigger(`faces-of-${of}`, { broker: of, subscriber: `{ uri: "${results.url}" }`, rest: "  filters: [{ prefix: { type: faces. } }]\n" });
  await namespace.apply(BROKERS.map((of) => broker(of) + subscriber(of)).join(""));
  await namespace.applyFiles("service.yaml", "trigger.yaml");
  await namespace.address("event-display", balancer.url);
  await namespace.ready(...BROKERS.map((of) => `broker/${of}`), ...TRIGGERS.map((of) => `trigger/${of}`), ...BROKERS.map((of) => `trigger/faces-of-${of}`));
  await service.ready;
  for (const ingress of BROKERS.map(namespace.ingress)) await Promise.all([reachesService(ingress, service.log), reachesCollector(ingress, results)]);
  return {
    namespace,
    oss,
    balancer,
    service,
    results,
    photo: (key) => oss.put(BUCKET, key, bytes),
    async close() {
      await Promise.all([service.stop(), results.close(), balancer.close()]);
      await oss.close();
    },
  };
}

/** Sends an event as a source does. @returns the answer's status; 202 when all deliveries are done, their retries and replies too */
export async function sendTo(url: string, event: CloudEventV1<unknown>, mode: EncodingMode = "binary"): Promise<number> {
  const { headers, body } = encodeEvent(event, mode);
  return (await send(url, headers, body)).status;
}

/** An upload's event. */
export const upload = (key: string, id: string, as: Parameters<typeof notification>[1] = "eventbridge") => notification({ bucket: BUCKET, key }, as, id);

/** All that the service has logged by now, and before an event of this name that is sent to it directly. */
export async function logUpTo({ service, marker }: { service: ServiceProcess; marker: string }): Promise<readonly LogLine[]> {
  await sendTo(service.url, { specversion: "1.0", id: marker, type: "dev.test.marker", source: "/e2e" });
  await service.logged(({ event }) => event?.id === marker);
  return [...service.log];
}
