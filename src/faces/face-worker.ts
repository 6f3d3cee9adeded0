import { DecodingTooSlow, MissingPart, TooManyPixels, Undecodable, UnsupportedFormat, WorkerCrashed, type Failure } from "../errors.js";
import type { Analysis } from "./engine.js";
import { startThread, type Thread } from "./thread.js";
import { doom, hasWaited, setWanted } from "./thread-state.js";
import type { ThreadStates } from "./thread-states.js";
import { endTurns, wake } from "./thread-turns.js";
import type { Reply, WorkerSettings } from "./worker.js";

/** Where a worker tells its pool how it is. */
export interface WorkerEvents {
  /** Its models are loaded: it takes photos. */
  up(worker: FaceWorker): void;
  /** Its thread ended; another one is started. */
  down(worker: FaceWorker): void;
  /** A thread could not be started, or could not load its models; it is tried again. */
  failed(error: Error): void;
}

export interface WorkerParts {
  file: URL;
  settings: Omit<WorkerSettings, "state">;
  /** By which a pool's threads wait for each other. */
  states: ThreadStates;
  /** Threads of the pool that hang and have not ended. */
  left: Set<Thread>;
  /** The longest that a photo may take, milliseconds: after that the worker hangs. */
  hang: number;
  /** So often it may do so because its thread waited for its turn. */
  waits: number;
  events: WorkerEvents;
}

/** The pause before the second try to start a thread, milliseconds; each one after it is twice as long, up to the last. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 30_000;

/**
 * Threads of a pool that hang and have not ended: beyond that none is replaced. Each keeps its models, and within libvips
 * one of the four threads that libuv has for all decoding.
 */
export const MOST_LEFT = 3;

/** Failures that a worker may report, by their name. */
const FAILURES: Record<string, (new (message: string) => Failure) | undefined> = { DecodingTooSlow, TooManyPixels, Undecodable, UnsupportedFormat };

/** A worker thread that takes one photo at a time, and the one that takes its place when it ends, again and again. */
export class FaceWorker {
  /** Settles once the first thread has its models loaded; rejects where it does not get there. */
  readonly ready: Promise<void>;
  readonly #parts: WorkerParts;
  #thread: Thread | undefined;
  #up = false;
  #busy = false;
  #closed = false;
  /** Threads in a row that ended, or did not get up, without a photo that could have been why. */
  #failures = 0;
  #starting: Promise<void>;
  #pause: NodeJS.Timeout | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.ready = this.#start();
    this.#starting = this.ready.catch(() => {}); // whoever wants to know asks `ready`
  }

  /**
   * Analyses a photo; only while it is up, and one at a time.
   * @param signal says when nobody waits for the photo any more. The work goes on then (ending a thread within
   *   onnxruntime ends the process), but where it still waits for its turn as a large picture, it is not begun.
   * @throws WorkerCrashed where the thread ends or hangs; DecodingTooSlow, TooManyPixels, Undecodable, UnsupportedFormat
   */
  async analyze(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Analysis> {
    const thread = this.#thread;
    if (!thread || this.#busy) throw new Error("the worker takes no photo now");
    // A view of its own: it throws where the buffer was given away before, which postMessage passes over in silence.
    const photo = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const unwanted = () => {
      setWanted(thread.state, false);
      wake(thread.state);
    };
    setWanted(thread.state, true);
    if (signal.aborted) unwanted();
    signal.addEventListener("abort", unwanted, { once: true });
    this.#busy = true;
    const task = thread.run<Reply<Analysis>>(photo, { name: "analyze", transferList: [photo.buffer] }).catch(crashed);
    let timer: NodeJS.Timeout | undefined;
    const { hang, waits } = this.#parts;
    let waited = 0;
    const hung = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        if (hasWaited(thread.state) && ++waited <= waits) return;
        reject(new WorkerCrashed(`the worker was not done with the photo after ${hang / 1000} s`));
        this.#leave(thread, task);
      }, hang);
    });
    try {
      const reply = await Promise.race([task, hung]);
      this.#failures = 0;
      return valueOf(reply);
    } finally {
      this.#busy = false;
      clearInterval(timer);
      signal.removeEventListener("abort", unwanted);
    }
  }

  /** Ends the thread; whoever calls it has waited for the photo that the worker has. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#pause);
    await this.#starting; // within onnxruntime, too
    await this.#thread?.end();
  }

  /**
   * One that hangs is ended; within onnxruntime, where that would end the process, not before it comes back. It may never
   * end: nobody waits for its turns, at the price of a text of libvips that is perhaps wrong.
   */
  #leave(thread: Thread, task: Promise<unknown>): void {
    const { left } = this.#parts;
    left.add(thread);
    void thread.gone.then(() => left.delete(thread));
    const end = () => void thread.end();
    task.then(end, end);
    setWanted(thread.state, false);
    wake(thread.state);
    if (doom(thread.state)) end();
    endTurns(thread.state);
    this.#down(thread);
  }

  #down(thread: Thread): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    if (!this.#up) return; // it did not get up: `#start` sees to it
    this.#up = false;
    this.#failures = this.#busy ? 0 : this.#failures + 1;
    this.#parts.events.down(this);
    this.#startAgain();
  }

  #startAgain(): void {
    if (this.#closed) return;
    const pause = this.#failures === 0 ? 0 : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1));
    this.#pause = setTimeout(() => {
      this.#starting = this.#start().catch(() => {}); // told by `failed`
    }, pause);
  }

  /** Starts a thread, unless there is one that could not load its models, and has it load them. */
  async #start(): Promise<void> {
    const { file, settings, states, left, events } = this.#parts;
    try {
      if (!this.#thread) {
        if (left.size >= MOST_LEFT) throw new WorkerCrashed(`${left.size} threads hang and do not end`);
        const thread: Thread = await startThread(file, settings, states, () => this.#down(thread));
        this.#thread = thread;
      }
      valueOf(await this.#thread.run<Reply<void>>(undefined, { name: "load" }).catch(crashed));
    } catch (error) {
      this.#failures++;
      events.failed(error as Error);
      this.#startAgain();
      throw error;
    }
    this.#up = true;
    events.up(this);
  }
}

/** What a photo fails of comes back in replies: a task that rejects was cut off, or never began. */
function crashed(error: unknown): never {
  if (!(error instanceof Error) || error.name === "DataCloneError") throw error;
  throw new WorkerCrashed(error.message, { cause: error });
}

/** @throws the failure that the worker reported; a plain Error where it met a defect, which it survives */
function valueOf<T>(reply: Reply<T>): T {
  if ("value" in reply) return reply.value;
  if ("missing" in reply) throw new MissingPart(reply.missing);
  if ("defect" in reply) throw new Error(reply.defect);
  const { name, message } = reply.failure;
  throw new (FAILURES[name] ?? Error)(message);
}
