interface Waiting<Job, Answer> {
  job: Job;
  done: (answer: Answer) => void;
  failed: (error: unknown) => void;
}

/** Jobs of one kind, done together: what comes in while others wait for their turn, or are done, goes into the next batch. */
export class Batches<Job, Answer> {
  #waiting: Waiting<Job, Answer>[] = [];
  #running: Promise<void> | undefined;

  /**
   * @param run waits for its turn, takes a batch and gives its answers, in its order
   * @param most jobs of a batch
   */
  constructor(
    private readonly run: (take: () => Job[]) => Promise<Answer[]>,
    private readonly most: number,
  ) {}

  /** Rejects with the signal's reason where it aborts before the job was taken into a batch; afterwards it has no effect. */
  ask(job: Job, signal?: AbortSignal): Promise<Answer> {
    return new Promise((done, failed) => {
      signal?.throwIfAborted();
      const waiting = { job, done, failed };
      const leave = () => {
        if (!this.#waiting.includes(waiting)) return;
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        failed(signal!.reason as Error);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
      this.#running ??= this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    await Promise.resolve(); // what is asked for in the same breath goes together
    while (this.#waiting.length > 0) {
      let batch: Waiting<Job, Answer>[] | undefined;
      const take = () => (batch = this.#waiting.splice(0, this.most)).map(({ job }) => job);
      try {
        const answers = await this.run(take);
        batch!.forEach(({ done }, i) => done(answers[i]));
      } catch (error) {
        for (const { failed } of batch ?? this.#waiting.splice(0)) failed(error); // without a turn nobody gets one
      }
    }
    this.#running = undefined; // at once: one that comes now begins anew
  }

  /** Settles when all are done. */
  async idle(): Promise<void> {
    await this.#running;
  }
}
