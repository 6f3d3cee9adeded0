import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Requests of one connection under way at once. A Broker's connection has one: whoever sends more without waiting for answers waits here. */
const MOST = 8;

interface Connection {
  /** Requests that have no whole answer yet, in order; those in line, too. */
  responses: Set<ServerResponse>;
  line: (() => void)[];
}

/** Requests that a connection sends one behind the other: the app gets a few, and nothing more is read until those are answered. */
export function pipelined(app: RequestListener) {
  const connections = new WeakMap<Socket, Connection>();

  function listener(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const connection = connections.get(socket) ?? { responses: new Set(), line: [] };
    connections.set(socket, connection);
    const { responses, line } = connection;
    responses.add(response);
    response.once("close", () => {
      responses.delete(response);
      if (line.length === 0 || socket.destroyed) return;
      line.shift()!();
      if (line.length === 0) socket.resume();
    });
    if (responses.size <= MOST) return app(request, response);
    socket.pause();
    line.push(() => app(request, response));
  }

  /** A connection's requests without a whole answer, as their responses, in order. */
  const unanswered = (socket: Socket): ServerResponse[] => [...(connections.get(socket)?.responses ?? [])];
  return { listener, unanswered };
}
