import { createHash } from "node:crypto";
import { breather, inPieces } from "./breath.js";
import type { Config } from "./config.js";
import { exclusion } from "./exclusion.js";
import { createEnrolment, type NothingToForget } from "./enrol.js";
import { DeadlinePassed, Failure, InvalidNotification } from "./errors.js";
import type { ReceivedEvent } from "./events/event.js";
import type { OssRecord } from "./events/oss-record.js";
import type { Reading } from "./events/readings.js";
import { batchResult, isOwnEvent, resultEvent, type ResultEvent, type ResultIdentity } from "./events/result.js";
import type { ObjectData, ResultType } from "./events/result-schema.js";
import type { Sink } from "./events/sink.js";
import { whatToDo, type Work } from "./events/work.js";
import type { FacePool } from "./faces/engine.js";
import { createNaming } from "./naming.js";
import { createPhotoReader, type PhotoData, type Unwanted } from "./photo.js";
import { Recent } from "./recent.js";
import type { People } from "./start-people.js";
import { nameOf, type ObjectStore } from "./storage/object-store.js";
import { summaryOf } from "./summary.js";
import type { Log, Outcome } from "./telemetry/log.js";
import type { Metrics } from "./telemetry/metrics.js";

export interface Parts {
  config: Config;
  /** Who signs the results. */
  identity: ResultIdentity;
  store: ObjectStore;
  pool: FacePool;
  /** Who is known; absent: nobody is recognised. */
  people?: People;
  log: Log;
  metrics: Metrics;
  /** Where results go beside the reply. */
  sink?: Sink;
}

type ObjectResult = ResultEvent<ObjectData>;
/** Why an object that was looked at has no result. */
type Nothing = Unwanted | NothingToForget;

/** Works on the events of one request, in order; gives the reply to it, if any. */
export type Pipeline = (readings: Reading[], signal: AbortSignal) => Promise<ResultEvent | undefined>;

/** Results kept for repeated deliveries, and the most bytes of their JSON: a face with all details takes 25,000, an event's id may be as long as the event. */
const RECENT_RESULTS = 1000;
const RECENT_BYTES = 16 * 1024 * 1024;

/**
 * The way of a photo: event in → records → photo → result → log, sink, reply.
 * @throws Failure where the event is rejected or its delivery has to be repeated
 */
export function createPipeline(parts: Parts): Pipeline {
  const { config, identity, people, log, metrics, sink } = parts;
  const readPhoto = createPhotoReader({ ...parts, ...config });
  const nameFaces = createNaming(people, config);
  const enrolment = people && createEnrolment({ ...parts, people, readPhoto });
  const enrolmentPlace = people && { prefix: config.peoplePrefix, bucket: config.peopleBucket };
  const notPicked = exclusion(config);
  const recent = new Recent<ObjectResult | Nothing>({ most: RECENT_RESULTS, mostBytes: RECENT_BYTES, toText: JSON.stringify, fromText: (text) => JSON.parse(text) as ObjectResult | Nothing });

  return async function handle(readings, signal) {
    const until = performance.now() + config.eventDeadline;
    const results: ObjectResult[] = [];
    const troubles: unknown[] = [];
    const breathe = breather();
    for (const [event, record] of await inPieces(recordsOf(readings), signal)) {
      await breathe();
      try {
        const result = await outcomeOf(event, record, signal);
        if (!result) continue;
        if (sink && config.results.includes("sink")) await sink.send(result, signal, until);
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

  /** The records of events, which ask for a look; the events themselves are displayed, one a step. */
  function* recordsOf(readings: Reading[]): Generator<void, [ReceivedEvent, OssRecord][]> {
    const records: [ReceivedEvent, OssRecord][] = [];
    for (const { event, notification } of readings) {
      log.event(event);
      yield;
      if (notification.kind === "other" || isOwnEvent(event, identity)) {
        metrics.outcome("displayed");
        continue;
      }
      if (notification instanceof InvalidNotification) throw notification;
      for (const warning of notification.warnings) log.line("warn", `event ${event.id}: ${warning}`);
      if (notification.records.length === 0) skip(`event ${event.id}`, "no-records");
      for (const record of notification.records) records.push([event, record]);
    }
    return records;
  }

  /** One record: its result, or nothing where it asks for none. */
  async function outcomeOf(event: ReceivedEvent, record: OssRecord, signal: AbortSignal): Promise<ObjectResult | undefined> {
    const todo = whatToDo(record, enrolmentPlace);
    const what = record.key ? nameOf(record) : `${record.eventName} of ${record.bucket || "no bucket"}`;
    if ("skip" in todo) return skip(what, todo.skip);
    const { work } = todo;
    const reason = notPicked(record, work);
    if (reason) return skip(what, reason);
    const outcome = await once(event, record, (cause) => workOn(work, event, record, cause, signal), signal);
    return typeof outcome === "string" ? skip(nameOf(record), outcome) : outcome;
  }

  /** The outcome of `work`, or that of an earlier delivery of the same. */
  async function once(event: ReceivedEvent, record: OssRecord, work: (cause: string) => Promise<ObjectResult | Nothing>, signal: AbortSignal): Promise<ObjectResult | Nothing> {
    const identity = identityOf(event, record);
    const again = recent.has(identity);
    try {
      const outcome = await recent.get(identity, () => work(identity));
      if (again) log.line("info", `${nameOf(record)}: delivered again, the same result`);
      return outcome;
    } catch (error) {
      // The time of the first delivery is up, this one came later.
      if (again && error instanceof DeadlinePassed && !signal.aborted) return once(event, record, work, signal);
      throw error;
    }
  }

  /** @param cause names the event and the record to whoever gets them again */
  async function workOn(work: Work, event: ReceivedEvent, record: OssRecord, cause: string, signal: AbortSignal): Promise<ObjectResult | Nothing> {
    try {
      const data = work === "analyze" ? await analyze(record, signal) : await enrolment![work](record, signal, cause);
      if (typeof data === "string") return data;
      const { etag } = data.image;
      if (work !== "forget" && record.etag && etag && record.etag !== etag) {
        log.line("warn", `${nameOf(record)} was overwritten: the event is of ${record.etag}, analysed was ${etag}`);
      }
      return conclude(event, record, { ...data, event: causeOf(event) });
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== "unusable") throw error;
      const { bucket, key, region, etag, size } = record;
      const image = { bucket, key, ...(region && { region }), ...(etag && { etag }), ...(size !== undefined && { size }) };
      return conclude(event, record, { image, event: causeOf(event), error: { code: error.code, message: error.message } });
    }
  }

  async function analyze(record: OssRecord, signal: AbortSignal): Promise<PhotoData | Unwanted> {
    const photo = await readPhoto(record, signal);
    if (typeof photo === "string") return photo;
    metrics.photo(photo.faces.length, photo.timings);
    return nameFaces(photo);
  }

  function conclude(event: ReceivedEvent, record: OssRecord, data: ObjectData): ObjectResult {
    const outcome = outcomeOfData(data);
    const about = outcome === "analyzed" || outcome === "failed" ? "image" : "person";
    const result = resultEvent(identity, { type: `faces.${about}.${outcome}` as ResultType, data, cause: event, record, now: new Date() });
    metrics.outcome(outcome, "error" in data ? data.error.code : "reason" in data ? data.reason : undefined);
    if (config.results.includes("log")) log.result(outcome, summaryOf(data), result);
    else if (outcome === "failed") log.line("warn", summaryOf(data));
    return result;
  }

  function skip(what: string, reason: string): undefined {
    metrics.outcome("skipped", reason);
    log.skipped(what, reason);
  }
}

function outcomeOfData(data: ObjectData): Outcome {
  if ("faces" in data) return "analyzed";
  if ("error" in data) return "failed";
  if ("reason" in data) return "refused";
  return "change" in data ? "enrolled" : "forgotten";
}

/** A hash: what it is of may be long. */
function identityOf(event: ReceivedEvent, { eventName, bucket, key, etag }: OssRecord): string {
  return createHash("sha256").update(JSON.stringify([event.source, event.id, eventName, bucket, key, etag])).digest("base64");
}

function causeOf({ id, source, type, time }: ReceivedEvent) {
  return { id, source, type, ...(time !== undefined && { time }) };
}
