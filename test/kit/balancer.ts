import { EventEmitter, once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands for what is between a Service's address and its pods. */
export interface Balancer {
  url: string;
  /** Ports of the instances that connections go to; a connection is reset while there is none. */
  readonly targets: Set<number>;
  /** Takes all instances away and cuts every connection. */
  empty(): void;
  /** The next connection that finds no instance. */
  refused(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * TCP on loopback, as kube-proxy does it: whoever connects gets one of the instances, in turn, for as long as the
 * connection lasts; an instance that has just died takes its connections with it, and refuses new ones.
 */
export async function startBalancer(): Promise<Balancer> {
  const targets = new Set<number>();
  const sockets = new Set<Socket>();
  const events = new EventEmitter();
  let turn = 0;
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).on("close", () => sockets.delete(socket)).on("error", () => undefined);
  };
  const server = createServer((from) => {
    track(from);
    const target = [...targets][turn++ % targets.size];
    if (target === undefined) {
      from.resetAndDestroy();
      events.emit("refused");
      return;
    }
    const to = connect(target, "127.0.0.1");
    track(to);
    from.pipe(to).on("error", () => from.resetAndDestroy()).on("close", () => from.destroy());
    to.pipe(from).on("error", () => to.destroy()).on("close", () => to.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    empty() {
      targets.clear();
      cut();
    },
    refused: () => once(events, "refused"),
    async close() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
