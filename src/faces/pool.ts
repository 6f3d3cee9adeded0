import { DeadlinePassed, Draining, MissingPart, WorkerCrashed } from "../errors.js";
import { missingModels, modelPath } from "../models/manifest.js";
import { unlessAborted } from "../unless-aborted.js";
import { engineInfo, modelPaths } from "./engine-info.js";
import type { Analysis, FacePool } from "./engine.js";
import { FaceWorker, MOST_LEFT } from "./face-worker.js";
import { Idle } from "./idle.js";
import { modelsFor } from "./onnx/engine.js";
import type { Thread } from "./thread.js";
import { ThreadStates } from "./thread-states.js";
import type { WorkerSettings } from "./worker.js";

export interface PoolSettings extends Omit<WorkerSettings, "paths" | "state"> {
  /** Worker threads: each has its own models and buffers (about 150 MB) and works on one photo at a time. */
  workers: number;
  /** A worker that is still busy with a photo after this time hangs and is replaced, milliseconds; 30 s by default. */
  hang?: number;
  /** Told once, not at each try, when a worker that ended cannot be replaced. */
  report?: (error: Error) => void;
}

/** The slowest photos within the limits take 5 s of CPU time. */
const HANG = 30_000;

/**
 * Starts worker threads that decode pictures and find their faces.
 * @param workerFile the module that the workers run: one that answers as `worker.ts` does
 */
export function createFacePool(settings: PoolSettings, workerFile = new URL("./worker.js", import.meta.url)): FacePool {
  return new WorkerPool(settings, workerFile);
}

class WorkerPool implements FacePool {
  readonly info;
  readonly #workers: FaceWorker[];
  readonly #ready: Promise<void>;
  readonly #up = new Set<FaceWorker>();
  readonly #idle = new Idle<FaceWorker>();
  /** Photos that somebody waits for, and those that a worker has. */
  readonly #asked = new Set<Promise<unknown>>();
  readonly #running = new Set<Promise<unknown>>();
  /** Threads that hang and have not ended. */
  readonly #left = new Set<Thread>();
  readonly #report: (error: Error) => void;
  /** Why no worker can be started: photos need not wait for one. */
  #trouble: Error | undefined;
  #reported: string | undefined;
  #started = false;
  #closed = false;

  constructor({ workers, hang = HANG, report = () => {}, ...settings }: PoolSettings, file: URL) {
    checkModels(settings);
    this.info = engineInfo(settings.engine, settings.options);
    this.#report = report;
    const paths = settings.engine === "onnx" ? modelPaths(settings.options) : {};
    const events = {
      up: (worker: FaceWorker) => this.#isUp(worker),
      down: (worker: FaceWorker) => this.#isDown(worker),
      failed: (error: Error) => this.#failed(error),
    };
    // Every other worker may have its turn as a large picture before, and wait for all others in it.
    const parts = { file, settings: { ...settings, paths }, states: new ThreadStates(hang), left: this.#left, hang, waits: 2 * workers, events };
    this.#workers = Array.from({ length: workers }, () => new FaceWorker(parts));
    this.#ready = Promise.all(this.#workers.map(({ ready }) => ready)).then(() => void (this.#started = true));
    this.#ready.catch(() => {}); // whoever wants to know asks ready()
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  get hanging(): number {
    return this.#left.size;
  }

  get alive(): boolean {
    return this.#up.size > 0;
  }

  get lost(): boolean {
    return !this.alive && this.hanging >= MOST_LEFT;
  }

  analyze(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal, ended: (error?: unknown) => void = () => {}): Promise<Analysis> {
    if (this.#closed) return Promise.reject(new Draining("the pool of workers is closed"));
    if (this.#trouble) return Promise.reject(this.#trouble);
    const asked = this.#analyze(bytes, signal, ended).finally(() => this.#asked.delete(asked));
    this.#asked.add(asked);
    return asked;
  }

  /** Waits for the photos in work and in the queue, then ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([this.#ready, ...this.#asked]);
    await Promise.allSettled(this.#running);
    await Promise.all(this.#workers.map((worker) => worker.close()));
    for (const thread of this.#left) void thread.end(); // at the risk of the process, which ends now or would never
    this.#up.clear();
  }

  async #analyze(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal, ended: (error?: unknown) => void): Promise<Analysis> {
    const worker = await this.#idle.take(signal).catch((cause: unknown) => {
      throw signal.aborted ? new DeadlinePassed("no worker was free before the photo's deadline", { cause }) : cause;
    });
    const running = worker.analyze(bytes, signal).finally(() => {
      this.#running.delete(running);
      if (this.#up.has(worker)) this.#idle.add(worker);
    });
    this.#running.add(running);
    running.then(() => ended(), ended);
    return unlessAborted(running, signal, () => new DeadlinePassed("the photo was not analysed before its deadline", { cause: signal.reason }));
  }

  #isUp(worker: FaceWorker): void {
    this.#trouble = this.#reported = undefined;
    this.#up.add(worker);
    this.#idle.add(worker);
  }

  #isDown(worker: FaceWorker): void {
    this.#up.delete(worker);
    this.#idle.remove(worker);
  }

  #failed(error: Error): void {
    if (this.#started && this.#reported !== error.message) this.#report(error);
    this.#reported = error.message;
    // A thread that ended may do better next time: photos wait for it. What it says itself will be the same again.
    if (this.#up.size > 0 || error instanceof WorkerCrashed) return;
    this.#trouble = error;
    this.#idle.refuse(error);
  }
}

/** @throws MissingPart */
function checkModels({ engine, options }: Pick<PoolSettings, "engine" | "options">): void {
  const missing = engine === "onnx" ? missingModels(modelsFor(options), options.models) : [];
  const unbuilt = missing.filter((model) => !("download" in model)).map(({ name }) => name);
  const hints = missing
    .filter((model) => "download" in model)
    .map(({ name }) => `The model ${name} is missing or damaged (${modelPath(name, options.models)}): oss-faces models get ${name}${options.models ? ` --models ${options.models}` : ""} downloads it.`);
  if (unbuilt.length > 0) hints.unshift(`Models are missing (${unbuilt.join(", ")}): oss-faces models build makes them.`);
  if (hints.length > 0) throw new MissingPart(hints.join("\n"));
}
