import type { Server } from "node:http";

/** Milliseconds that connections without an answer are left open when everything is answered. */
const SILENT_CONNECTIONS = 2000;

/** Answers already begun are finished; connections that are kept open after one are cut, silent ones a little later. */
export async function closeServer(server: Server): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const silent = setTimeout(() => server.closeAllConnections(), SILENT_CONNECTIONS);
  await new Promise((resolve) => server.close(resolve));
  clearInterval(idle);
  clearTimeout(silent);
}
