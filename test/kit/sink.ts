import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a subscriber got. */
export interface Received {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A subscriber on loopback that answers with `answers` in turn, a status or one with headers, then 202. */
export async function startSink(...answers: (number | [number, Record<string, string>])[]): Promise<{ url: string; received: Received[]; close: () => Promise<void> }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      const [status, headers] = [answers.shift() ?? 202].flat() as [number, Record<string, string>?];
      response.writeHead(status, headers).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
