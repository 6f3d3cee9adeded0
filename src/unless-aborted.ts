/**
 * The end of `work`, or at once the error that `reason` gives where the signal aborts first. The work itself goes on
 * unless it listens to the signal, too; how it ends then is nobody's business any more.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, reason: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(reason());
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
