/**
 * Milliseconds that a Retry-After header asks for: seconds or an HTTP date (RFC 9110 §10.2.3). Undefined where there is
 * none, or none that can be read.
 * @param now the time of whoever sent it where that is known, milliseconds since 1970
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/**
 * Milliseconds to wait before something is tried again: the backoff, doubled with each try, at random half to all of
 * it, so that not all who failed together come again together; longer where Retry-After asked for that.
 * @param tries how often it was tried
 */
export function pauseAfter(tries: number, backoff: number, asked = 0, random = Math.random): number {
  return Math.max(asked, backoff * 2 ** (tries - 1) * (0.5 + random() / 2));
}
