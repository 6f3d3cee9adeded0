import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createApp } from "../../src/server/app.js";
import type { Senders } from "../../src/server/auth.js";
import { Gate } from "../../src/server/gate.js";
import { createLog } from "../../src/telemetry/log.js";
import { NO_METRICS } from "../../src/telemetry/metrics.js";
import { AUDIENCE, type Issuer } from "./issuer.js";
import { send } from "./service.js";

export const EVENT = { "ce-specversion": "1.0", "ce-id": "1", "ce-type": "com.example.t", "ce-source": "/s" };
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A door that asks who comes: the service's own, or that alone. */
export interface Door {
  url: string;
  log: () => string;
  close: () => Promise<unknown>;
}

/** The door alone, before a room where every event is answered 204; through the gate if the test has one. */
export async function startDoor(senders: Senders, gate = new Gate({ most: 100, mostBytes: 1e9 }), eventDeadline = 60_000): Promise<Door> {
  const lines: string[] = [];
  const log = createLog({ format: "text", level: "warn", write: (text) => lines.push(text) });
  const handle = () => Promise.resolve(undefined);
  const app = createApp({ ...senders, handle, gate, log, metrics: NO_METRICS, eventDeadline, maxEventBytes: 10_000, maxObjectBytes: 1_000_000, schemas: {}, ready: () => true, live: () => true });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log: () => lines.join(""),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Who takes its tokens, from `keys` or from where its discovery document says. */
export const oidcOf = ({ url }: Issuer, keys?: string): Senders => ({ oidc: { issuer: url, audience: AUDIENCE, keys } });

/** Sends an event: the status, the code of the problem document, and the challenge. */
export async function knock(door: Door, headers: Record<string, string>, path = "/") {
  const answer = await send(door.url + path, { ...EVENT, ...headers });
  const code = answer.text === "" ? undefined : (JSON.parse(answer.text) as { code: string }).code;
  return [answer.status, code, answer.headers.get("www-authenticate")];
}
export const IN = [204, undefined, null];
export const NO_TOKEN = [401, "unauthorized", "Bearer"];
export const WRONG = [401, "unauthorized", 'Bearer error="invalid_token"'];
export const LATER = [503, "issuer-unavailable", null];
