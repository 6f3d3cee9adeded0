import { setFlagsFromString } from "node:v8";
import type { Piscina } from "piscina";
import { DeadlinePassed, MissingPart, Draining, TooManyPixels, Undecodable, UnsupportedFormat, WorkerCrashed, type Failure } from "../errors.js";
import type { Analysis, FacePool } from "./engine.js";
import { missingModels, modelPath } from "../models/manifest.js";
import { engineInfo, modelPaths } from "./engine-info.js";
import { modelsFor } from "./onnx/engine.js";
import { Turns } from "../turns.js";
import { unlessAborted } from "../unless-aborted.js";
import type { Reply, WorkerSettings } from "./worker.js";

export interface PoolSettings extends Omit<WorkerSettings, "paths"> {
  /** Worker threads: each has its own models and buffers (about 150 MB) and works on one photo at a time. */
  workers: number;
  /** A worker that is still busy so long after its photo's deadline hangs and is ended, milliseconds. */
  grace?: number;
}

const GRACE = 30_000;

/** Failures that a worker may report, by their code. */
const FAILURES: Record<string, (new (message: string) => Failure) | undefined> = {
  "too-many-pixels": TooManyPixels,
  undecodable: Undecodable,
  "unsupported-format": UnsupportedFormat,
};

/**
 * Starts worker threads that decode pictures and find their faces.
 * @param workerFile the module that the workers run: one that answers as `worker.ts` does
 */
export function createFacePool(settings: PoolSettings, workerFile = new URL("./worker.js", import.meta.url)): FacePool {
  return new PiscinaPool(settings, workerFile);
}

class PiscinaPool implements FacePool {
  readonly info;
  readonly #settings: PoolSettings;
  readonly #threads: Promise<Piscina>;
  readonly #ready: Promise<void>;
  readonly #turns: Turns;
  /** Photos that somebody waits for, and those that a worker has. */
  readonly #asked = new Set<Promise<unknown>>();
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(settings: PoolSettings, workerFile: URL) {
    checkModels(settings);
    this.info = engineInfo(settings.engine, settings.options);
    this.#settings = settings;
    this.#turns = new Turns(settings.workers);
    this.#threads = startThreads(settings, workerFile);
    this.#ready = this.#threads.then((threads) => loadAll(threads, settings.workers));
    this.#ready.catch(() => {}); // whoever wants to know asks ready()
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  analyze(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Analysis> {
    if (this.#closed) return Promise.reject(new Draining("the pool of workers is closed"));
    const asked = this.#analyze(bytes, signal).finally(() => this.#asked.delete(asked));
    this.#asked.add(asked);
    return asked;
  }

  /** Waits for the photos in work and in the queue, then ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([this.#ready, ...this.#asked]);
    await Promise.allSettled(this.#running);
    // Not piscina's own close(): it counts a worker that finishes one photo of several as more than one, and ends
    // the threads under photos still in work.
    await (await this.#threads).destroy();
  }

  async #analyze(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Analysis> {
    await this.#turns.next(signal).catch((cause: unknown) => {
      throw new DeadlinePassed("no worker was free before the photo's deadline", { cause });
    });
    const running = this.#run(bytes, signal).finally(() => {
      this.#turns.end();
      this.#running.delete(running);
    });
    this.#running.add(running);
    return unlessAborted(running, signal, () => new DeadlinePassed("the photo was not analysed before its deadline", { cause: signal.reason }));
  }

  /**
   * Ending a thread within onnxruntime ends the process, so one that is late is left to finish while nobody waits for
   * it any more; only one that does not come back is ended.
   */
  async #run(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Analysis> {
    const hung = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const watch = () => (timer = setTimeout(() => hung.abort(), this.#settings.grace ?? GRACE));
    if (signal.aborted) watch();
    signal.addEventListener("abort", watch, { once: true });
    try {
      const threads = await this.#threads;
      // A view of its own: it throws where the buffer was given away before, which postMessage passes over in silence.
      const photo = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const task = threads.run(photo, { name: "analyze", transferList: [photo.buffer], signal: hung.signal }) as Promise<Reply<Analysis>>;
      return valueOf(await task.catch((error: unknown) => this.#ended(threads, error)));
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", watch);
    }
  }

  /** What a photo fails of comes back in replies: a task that rejects was cut off, or never began. */
  #ended(threads: Piscina, error: unknown): never {
    if (!(error instanceof Error) || error.name === "DataCloneError") throw error;
    // piscina replaces a thread that ended, but gives that up for good once one ended before it was up.
    if (threads.threads.length < this.#settings.workers) threads.run(undefined, { name: "load" }).catch(() => {});
    throw new WorkerCrashed(error.message, { cause: error });
  }
}

/** @throws MissingPart */
function checkModels({ engine, options }: PoolSettings): void {
  const missing = engine === "onnx" ? missingModels(modelsFor(options), options.models) : [];
  const unbuilt = missing.filter((model) => !("download" in model)).map(({ name }) => name);
  const hints = missing
    .filter((model) => "download" in model)
    .map(({ name }) => `The model ${name} is missing or damaged (${modelPath(name, options.models)}): oss-faces models get ${name}${options.models ? ` --models ${options.models}` : ""} downloads it.`);
  if (unbuilt.length > 0) hints.unshift(`Models are missing (${unbuilt.join(", ")}): oss-faces models build makes them.`);
  if (hints.length > 0) throw new MissingPart(hints.join("\n"));
}

/**
 * A worker's heap is small (10 MB), a photo's pixels outside it are not: V8 would mark all of the heap for every photo,
 * a fifth of the CPU time. Now it does so when what is alive, pixels included, has grown by half.
 */
const HEAP_GROWTH = "--heap-growing-percent=50";

async function startThreads({ workers, engine, options, maxPixels }: PoolSettings, workerFile: URL): Promise<Piscina> {
  const { Piscina } = await import("piscina");
  setFlagsFromString(HEAP_GROWTH); // for heaps that are made from now on
  const workerData: WorkerSettings = { engine, options, maxPixels, paths: engine === "onnx" ? modelPaths(options) : {} };
  const threads = new Piscina({
    filename: workerFile.href,
    name: "analyze",
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
    workerData,
    // Between photos the default blocks the thread in Atomics.wait, and with it the loading of models.
    atomics: "disabled",
    recordTiming: false,
    // Workers make few and short-lived objects, their pixels lie outside the heap: a small young generation saves memory.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  threads.on("error", () => {}); // a thread ended between photos; the next photo starts another
  return threads;
}

/** All threads are new and idle: as many tasks at once go to one thread each. */
async function loadAll(threads: Piscina, workers: number): Promise<void> {
  await Promise.all(
    Array.from({ length: workers }, async () => valueOf((await threads.run(undefined, { name: "load" })) as Reply<void>)),
  );
}

/** @throws the failure that the worker reported; a plain Error where it met a defect, which it survives */
function valueOf<T>(reply: Reply<T>): T {
  if ("value" in reply) return reply.value;
  if ("missing" in reply) throw new MissingPart(reply.missing);
  if ("defect" in reply) throw new Error(reply.defect);
  const { code, message } = reply.failure;
  throw new (FAILURES[code] ?? Error)(message);
}
