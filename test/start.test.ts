import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { FacePool } from "../src/faces/engine.js";
import { folderBucket, start } from "./kit/service.js";

it("a start that fails leaves nothing behind: no metrics, no workers", async () => {
  const bucket = await folderBucket();
  const [taken, free] = [createServer(), createServer()].map((server) => server.listen(0, "127.0.0.1"));
  await Promise.all([once(taken, "listening"), once(free, "listening")]);
  const [port, metricsPort] = [taken, free].map((server) => String((server.address() as AddressInfo).port));
  await new Promise((resolve) => free.close(resolve));
  let closed = 0;
  const pool = { info: {}, alive: false, ready: () => new Promise(() => undefined), close: () => Promise.resolve(void (closed += 1)) } as unknown as FacePool;
  await expect(start({ STORAGE: bucket.root, PORT: port, METRICS_PORT: metricsPort }, pool)).rejects.toThrow(`PORT ${port}: is in use`);
  await expect(fetch(`http://127.0.0.1:${metricsPort}/metrics`)).rejects.toThrow();
  expect(closed).toBe(1);
  taken.close();
  await bucket.remove();
});
