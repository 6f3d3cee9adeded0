import type { AgentOptions, ClientRequest } from "node:http";

/** A pod may be frozen between photos: a connection that was idle for longer, milliseconds, may be dead without a sign. */
export const KEPT: AgentOptions = { keepAlive: true, timeout: 4_000 };

/**
 * Whether a request failed because the server had closed a connection that was kept alive, which shows only when it is
 * used: nothing is wrong then, and however many connections ended like that, another one will do.
 */
export function hadEnded({ reusedSocket }: ClientRequest, error: unknown): boolean {
  return reusedSocket && ["ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");
}
