import { createServer, type Server } from "node:http";

/** What the pipeline and the server count. */
export interface Metrics {
  /** An event answered: its outcome (`displayed`, `skipped`, `analyzed`, `failed`, `retry`, `busy`, `draining`, `rejected`) and failure code. */
  outcome(outcome: string, code?: string): void;
  /** A photo analysed: how many faces, and milliseconds by step. */
  photo(faces: number, timings: Record<string, number>): void;
}

export const NO_METRICS: Metrics = { outcome: () => undefined, photo: () => undefined };

/** Milliseconds between two looks at the event loop; Node counts them into every delay, so the default of 10 hides much. */
const LOOP_SAMPLING = 2;

/** Prometheus metrics on a port of their own: queue-proxy owns 9090 and 9091. */
export async function startMetrics(port: number, host?: string): Promise<{ metrics: Metrics; server: Server }> {
  const { collectDefaultMetrics, Counter, Histogram, Registry } = await import("prom-client");
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_SAMPLING });
  const outcomes = new Counter({ name: "oss_faces_outcomes_total", help: "Events and photos by outcome", labelNames: ["outcome", "code"], registers });
  const faces = new Counter({ name: "oss_faces_faces_total", help: "Faces found", registers });
  const steps = new Histogram({
    name: "oss_faces_step_seconds",
    help: "Time of each step of a photo",
    labelNames: ["step"],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60],
    registers,
  });
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") return void response.writeHead(404).end();
    void registry.metrics().then((text) => response.writeHead(200, { "content-type": registry.contentType }).end(text));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const metrics: Metrics = {
    outcome: (outcome, code = "") => outcomes.inc({ outcome, code }),
    photo: (count, timings) => {
      faces.inc(count);
      for (const [step, value] of Object.entries(timings)) steps.observe({ step }, value / 1000);
    },
  };
  return { metrics, server };
}
