import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { startMetrics } from "../../src/telemetry/metrics.js";

it("metrics are served in Prometheus's format, at /metrics only", async () => {
  const { metrics, server } = await startMetrics(0, "127.0.0.1");
  metrics.outcome("analyzed");
  metrics.outcome("failed", "undecodable");
  metrics.photo(3, { decode: 30, total: 70 });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const text = await (await fetch(`${url}/metrics`)).text();
  const elsewhere = await fetch(`${url}/`);
  server.close();
  server.closeAllConnections();
  await once(server, "close");
  expect(elsewhere.status).toBe(404);
  expect(text).toContain('oss_faces_outcomes_total{outcome="analyzed",code=""} 1');
  expect(text).toContain('oss_faces_outcomes_total{outcome="failed",code="undecodable"} 1');
  expect(text).toContain("oss_faces_faces_total 3");
  expect(text).toContain('oss_faces_step_seconds_sum{step="decode"} 0.03');
  expect(text).toContain("nodejs_eventloop_lag_p99_seconds");
});
