import picomatch from "picomatch";
import type { Config } from "./config.js";
import { Failure } from "./errors.js";
import type { ReceivedEvent } from "./events/event.js";
import { readNotification } from "./events/oss.js";
import type { OssRecord } from "./events/oss-record.js";
import { batchResult, isOwnEvent, resultEvent, type ResultEvent, type ResultIdentity } from "./events/result.js";
import type { AnalyzedData, FailedData } from "./events/result-schema.js";
import type { Sink } from "./events/sink.js";
import { whatToDo } from "./events/work.js";
import type { FacePool } from "./faces/engine.js";
import { createPhotoReader, OWN_METADATA, type Unwanted } from "./photo.js";
import { Recent } from "./recent.js";
import { nameOf, type ObjectStore } from "./storage/object-store.js";
import { summaryOf } from "./summary.js";
import type { Log } from "./telemetry/log.js";
import type { Metrics } from "./telemetry/metrics.js";

export interface Parts {
  config: Config;
  /** Who signs the results. */
  identity: ResultIdentity;
  store: ObjectStore;
  pool: FacePool;
  log: Log;
  metrics: Metrics;
  /** Where results go beside the reply. */
  sink?: Sink;
}

type PhotoResult = ResultEvent<AnalyzedData | FailedData>;

/** Works on the events of one request, in order; gives the reply to it, if any. */
export type Pipeline = (events: ReceivedEvent[], signal: AbortSignal) => Promise<ResultEvent | undefined>;

/** Results kept for repeated deliveries, and the most faces in all of them: one face with all details takes 10 kB. */
const RECENT_RESULTS = 5000;
const RECENT_FACES = 5000;

/**
 * The way of a photo: event in → records → photo → result → log, sink, reply.
 * @throws Failure where the event is rejected or its delivery has to be repeated
 */
export function createPipeline(parts: Parts): Pipeline {
  const { config, identity, log, metrics, sink } = parts;
  const readPhoto = createPhotoReader({ ...parts, ...config });
  const notPicked = exclusion(config);
  const recent = new Recent<PhotoResult | Unwanted>({ most: RECENT_RESULTS, mostWeight: RECENT_FACES, weightOf: facesIn });

  return async function handle(events, signal) {
    const results: PhotoResult[] = [];
    const troubles: unknown[] = [];
    for (const [event, record] of events.flatMap(recordsOf)) {
      try {
        const result = await outcomeOf(event, record, signal);
        if (!result) continue;
        if (sink && config.results.includes("sink")) await sink.send(result, signal);
        results.push(result);
      } catch (error) {
        troubles.push(error); // the others are still worked on: the retry finds them done
        if (troubles.length > 1) log.line("warn", `also in trouble: ${nameOf(record)}: ${error instanceof Failure ? error.message : String(error)}`);
        if (signal.aborted) break;
      }
    }
    if (troubles.length > 0) throw troubles[0] as Error;
    if (results.length === 0 || !config.results.includes("reply")) return undefined;
    return results.length === 1 ? results[0] : batchResult(identity, results, new Date());
  };

  /** The records of an event that ask for a look; the event itself is displayed. */
  function recordsOf(event: ReceivedEvent): [ReceivedEvent, OssRecord][] {
    log.event(event);
    const notification = isOwnEvent(event, identity) ? { kind: "other" as const } : readNotification(event);
    if (notification.kind === "other") {
      metrics.outcome("displayed");
      return [];
    }
    for (const warning of notification.warnings) log.line("warn", `event ${event.id}: ${warning}`);
    if (notification.records.length === 0) skip(`event ${event.id}`, "no-records");
    return notification.records.map((record) => [event, record]);
  }

  /** One record: its result, or nothing where it asks for none. */
  async function outcomeOf(event: ReceivedEvent, record: OssRecord, signal: AbortSignal): Promise<PhotoResult | undefined> {
    const todo = whatToDo(record);
    const reason = todo.work ? notPicked(record) : todo.reason;
    if (reason) return skip(record.key ? nameOf(record) : `${record.eventName} of ${record.bucket || "no bucket"}`, reason);
    const identity = identityOf(event, record);
    if (recent.has(identity)) log.line("info", `${nameOf(record)}: delivered again, the same result`);
    const outcome = await recent.get(identity, () => workOn(event, record, signal));
    return typeof outcome === "string" ? skip(nameOf(record), outcome) : outcome;
  }

  async function workOn(event: ReceivedEvent, record: OssRecord, signal: AbortSignal): Promise<PhotoResult | Unwanted> {
    try {
      const photo = await readPhoto(record, signal);
      if (typeof photo === "string") return photo;
      if (record.etag && photo.image.etag && record.etag !== photo.image.etag) {
        log.line("warn", `${nameOf(record)} was overwritten: the event is of ${record.etag}, analysed was ${photo.image.etag}`);
      }
      metrics.photo(photo.faces.length, photo.timings);
      return conclude("analyzed", event, record, { ...photo, event: causeOf(event) });
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== "unusable") throw error;
      const { bucket, key, region, etag, size } = record;
      const image = { bucket, key, ...(region && { region }), ...(etag && { etag }), ...(size !== undefined && { size }) };
      return conclude("failed", event, record, { image, event: causeOf(event), error: { code: error.code, message: error.message } });
    }
  }

  function conclude(outcome: "analyzed" | "failed", event: ReceivedEvent, record: OssRecord, data: AnalyzedData | FailedData): PhotoResult {
    const result = resultEvent(identity, { type: `faces.image.${outcome}`, data, cause: event, record, now: new Date() });
    metrics.outcome(outcome, "error" in data ? data.error.code : undefined);
    if (config.results.includes("log")) log.result(outcome, summaryOf(data), result);
    else if (outcome === "failed") log.line("warn", summaryOf(data));
    return result;
  }

  function skip(what: string, reason: string): undefined {
    metrics.outcome("skipped", reason);
    log.skipped(what, reason);
  }
}

/** Keys that the operator leaves out, or that we wrote ourselves. */
function exclusion({ include, exclude, outputPrefix }: Config): (record: OssRecord) => "excluded" | "own-output" | undefined {
  const matcher = (globs: string[]) => {
    const matchers = globs.map((glob) => picomatch(glob, { dot: true, basename: !glob.includes("/") })); // `*.jpg`: in any folder
    return (key: string) => matchers.some((matches) => matches(key));
  };
  const included = include ? matcher(include) : () => true;
  const excluded = exclude ? matcher(exclude) : () => false;
  return ({ key, userMeta }) => {
    if (userMeta?.[OWN_METADATA] !== undefined || (outputPrefix && key.startsWith(outputPrefix))) return "own-output";
    return included(key) && !excluded(key) ? undefined : "excluded";
  };
}

function facesIn(outcome: PhotoResult | Unwanted): number {
  return typeof outcome !== "string" && "faces" in outcome.data ? outcome.data.faces.length : 0;
}

function identityOf(event: ReceivedEvent, { eventName, bucket, key, etag }: OssRecord): string {
  return JSON.stringify([event.source, event.id, eventName, bucket, key, etag]);
}

function causeOf({ id, source, type, time }: ReceivedEvent) {
  return { id, source, type, ...(time !== undefined && { time }) };
}
