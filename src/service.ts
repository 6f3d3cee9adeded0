import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Config, ConfigError, secretsOf } from "./config.js";
import { jsonSchemas } from "./events/json-schema.js";
import { createSink } from "./events/sink.js";
import { GalleryUnusable } from "./errors.js";
import type { FacePool } from "./faces/engine.js";
import { sendersOf, storageSettings } from "./parts.js";
import { type People, startPeople } from "./start-people.js";
import { rebuildWarning } from "./people/rebuild-sources.js";
import { createPipeline } from "./pipeline.js";
import { keepSettings } from "./secrets.js";
import { createApp } from "./server/app.js";
import { closeServer } from "./server/close.js";
import { Gate } from "./server/gate.js";
import { createHttpServer } from "./server/http-server.js";
import { sourceOf } from "./source.js";
import { startPool } from "./start-pool.js";
import { createStore } from "./storage/index.js";
import { backlog, createLog, type Log } from "./telemetry/log.js";
import { NO_METRICS, startMetrics } from "./telemetry/metrics.js";

export interface Service {
  /** Where it listens. */
  url: string;
  /** Settles when the models are loaded; rejects where they cannot be. */
  ready: Promise<void>;
  /**
   * Lets no more events in, finishes those in work within GRACE_PERIOD, answers the rest 503, then closes everything in
   * the order of ARCHITECTURE.md.
   * @returns false where workers did not come back from their photos: only the end of the process ends them
   */
  close(): Promise<boolean>;
  /** Answers everything in work 503 at once. */
  stop(): void;
}

export interface ServiceOptions {
  /** Listen on this address only; by default on all. */
  host?: string;
  /** Workers that were started before. */
  pool?: FacePool;
  log?: Log;
}

/** One try at K_SINK, milliseconds; and how many more. */
const SINK_DEADLINE = 10_000;
const SINK_RETRIES = 4;

/** The longest that readiness waits for the gallery, milliseconds: a folder opens while the models load. */
const GALLERY_PATIENCE = 1000;

/** Milliseconds that bodies which only drip in are waited for while draining. */
const LATE_BODIES = 2000;
/** Milliseconds that photos which nobody waits for any more, and models that still load, may hold the end. */
const WORKERS_PATIENCE = 10_000;

/** Config → parts → server. The port opens at once; events wait for the models. */
export async function startService(config: Config, { host, log = logOf(config), pool = startPool(config) }: ServiceOptions = {}): Promise<Service> {
  const begun: (() => unknown)[] = [() => pool.close()];
  try {
    return await startParts(config, { host, log, pool }, begun);
  } catch (error) {
    await Promise.all(begun.map((close) => close())); // a worker that is ended while it loads its models takes the process with it
    throw error;
  }
}

/** @param begun gets what has to be closed where the start fails */
async function startParts(config: Config, { host, log, pool }: Required<Omit<ServiceOptions, "host">> & { host?: string }, begun: (() => unknown)[]): Promise<Service> {
  const { metrics, server: metricsServer } = config.metricsPort === 0 ? { metrics: NO_METRICS } : await startMetrics(config.metricsPort, host).catch(inUse("METRICS_PORT", config.metricsPort));
  if (metricsServer) begun.push(() => closeServer(metricsServer));
  const store = createStore(storageSettings(config));
  begun.push(() => store.close());
  const identity = { source: sourceOf(config), typePrefix: config.resultTypePrefix, publicUrl: config.publicUrl };
  const sink = config.sink ? createSink({ url: config.sink, overrides: config.sinkOverrides, certificates: config.sinkCertificates, deadline: SINK_DEADLINE, retries: SINK_RETRIES }) : undefined;
  const people = startPeople(config, pool.info);
  const handle = createPipeline({ config, identity, store, pool, people, log, metrics, sink });

  const gate = new Gate({ most: config.queue, mostBytes: config.queueBytes, unread: backlog });
  let isLoaded = false;
  const { eventDeadline, maxEventBytes, maxObjectBytes } = config;
  const app = createApp({ ...sendersOf(config), eventDeadline, maxEventBytes, maxObjectBytes, handle, gate, log, metrics, schemas: jsonSchemas(), ready: () => isLoaded && pool.alive, live: () => !pool.lost });
  const server = createHttpServer(app, { eventDeadline });
  await listen(server, config.port, host).catch(inUse("PORT", config.port));
  const { port } = server.address() as AddressInfo;

  const ready = Promise.all([pool.ready(), people && opened(people, log)]).then(() => void (isLoaded = true));
  ready.catch(() => undefined); // whoever waits for it sees it
  return {
    url: `http://${host ?? "127.0.0.1"}:${port}`,
    ready,
    async close() {
      const late = setTimeout(() => gate.stop(), config.gracePeriod);
      await gate.drain(LATE_BODIES);
      clearTimeout(late);
      await closeServer(server);
      const areBack = await settlesWithin(WORKERS_PATIENCE, Promise.all([pool.close(), store.close(), people?.close()]));
      sink?.close();
      if (metricsServer) await closeServer(metricsServer);
      return areBack && !pool.hanging;
    },
    stop: () => gate.stop(),
  };
}

/** False where `work` is not done in time. */
async function settlesWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([work.then(() => true), sleep(milliseconds, false, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}

/**
 * A gallery that cannot be used holds a rollout back; one that is slow or away does not: its events wait for it.
 * @throws GalleryUnusable where that is known in time
 */
async function opened(people: People, log: Log): Promise<void> {
  const opening = people.gallery().then(
    async (gallery) => {
      void people.recogniser.rule().catch(() => undefined); // worked out before the first photo asks for it, if it has to be
      const warning = await rebuildWarning(gallery).catch(() => undefined);
      if (warning) log.line("warn", warning);
    },
    (error: Error) => {
      log.line("error", `gallery: ${error.message}`);
      if (error instanceof GalleryUnusable) throw error;
    },
  );
  await settlesWithin(GALLERY_PATIENCE, opening);
}

export function logOf(config: Config): Log {
  keepSettings(secretsOf(config));
  return createLog({ format: config.logFormat, level: config.logLevel });
}

function listen(server: Server, port: number, host?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host }, () => resolve());
  });
}

/** What a server that cannot listen threw, as a mistake in the setting of its port. */
function inUse(setting: string, port: number): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw error.code === "EADDRINUSE" ? new ConfigError([`${setting} ${port}: is in use`]) : error;
  };
}
