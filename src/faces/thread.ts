import { setFlagsFromString } from "node:v8";
import type { Piscina } from "piscina";
import { noTelemetry } from "../models/no-telemetry.js";
import type { SharedState } from "./thread-state.js";
import type { ThreadStates } from "./thread-states.js";
import type { WorkerSettings } from "./worker.js";

/**
 * Workers make few and short-lived objects; a photo's pixels lie outside the heap and hang on such objects. Where they
 * outlive two collections of the young ones, V8 marks all of the heap for every 64 MB of them, drops code that it had
 * optimised, and makes it anew: a tenth of the CPU time. So
 * - young objects have room for more than a photo's: no collection falls into the middle of one (in MB);
 * - `worker.ts` asks for one after each photo;
 * - V8 marks all of the heap only when what is alive, pixels included, has grown by half; with face-api, whose tensors are
 *   large objects, later: that would cost a fifth of the CPU time (and save 40 MB of 670).
 */
const HEAP_FLAGS = ["--max-semi-space-size=8", "--expose-gc"];
const HEAP_GROWTH = { onnx: 50, "face-api": 150 };

/**
 * The most that a worker's JavaScript objects may take, MiB: ten times what they do. One that outgrows it ends alone;
 * without a limit of its own it would take as much as the process may have. Pixels and models lie outside the heap.
 */
const HEAP = 128;

/** One thread that waits for tasks, as a piscina of its own: who it is and that it ended is certain then. */
export interface Thread {
  run<T>(task: unknown, options: { name: string; transferList?: ArrayBuffer[] }): Promise<T>;
  readonly state: SharedState;
  /** Settles when the thread is no more: what libvips does for it is finished before. */
  readonly gone: Promise<void>;
  /**
   * Ends it, which must not be while it is within onnxruntime: that would end the process. What it was at is rejected.
   * Settles when the thread is no more.
   */
  end(): Promise<void>;
}

/**
 * Starts a thread.
 * @param onDown called once, when the thread ended or is about to: it takes no more tasks
 */
export async function startThread(workerFile: URL, settings: Omit<WorkerSettings, "state">, states: ThreadStates, onDown: () => void): Promise<Thread> {
  noTelemetry();
  const { Piscina } = await import("piscina");
  for (const flag of [...HEAP_FLAGS, `--heap-growing-percent=${HEAP_GROWTH[settings.engine]}`]) setFlagsFromString(flag); // for heaps that are made from now on
  const state = states.open();
  const pool: Piscina = new Piscina({
    filename: workerFile.href,
    minThreads: 1,
    maxThreads: 1,
    workerData: { ...settings, state } satisfies WorkerSettings,
    // Between photos the default blocks the thread in Atomics.wait, and with it the loading of models.
    atomics: "disabled",
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: HEAP },
  });
  const [thread] = pool.threads;
  const gone = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
  void gone.then(() => states.close(state)); // now its memory is free
  let down = false;
  // The thread's end, and no other in its stead: piscina gives that up where one ends before it is up.
  pool.on("workerDestroy", () => {
    if (down) return;
    down = true;
    void pool.destroy();
    onDown();
  });
  pool.on("error", () => {}); // it ended between tasks: `onDown` knows
  return {
    state,
    gone,
    run: (task, options) => pool.run(task, options) as Promise<never>,
    async end() {
      await pool.destroy();
      await gone;
    },
  };
}
