/**
 * Gives `work` a signal that aborts with `signal`'s reason, or after so many milliseconds with what `late` gives.
 * AbortSignal.any with AbortSignal.timeout is not to be relied on: Node 20 collects that timeout as garbage, and then it
 * never comes.
 */
export async function timeLimited<T>(milliseconds: number, signal: AbortSignal, late: () => Error, work: (either: AbortSignal) => Promise<T>): Promise<T> {
  const either = new AbortController();
  const stop = () => either.abort(signal.reason);
  const timer = setTimeout(() => either.abort(late()), milliseconds);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await work(either.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
