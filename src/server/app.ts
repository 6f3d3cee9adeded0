import express, { type Express, type Request, type Response } from "express";
import { MethodNotAllowed } from "../errors.js";
import { createAuthorize, type Senders } from "./auth.js";
import { displayDeadLetters } from "./dead-letters.js";
import { answerEvents, type EventsOptions } from "./events.js";
import { answerFailures } from "./failures.js";
import type { Metrics } from "../telemetry/metrics.js";
import { sendProblem } from "./problem.js";

interface AppOptions extends Omit<EventsOptions, "authorize">, Senders {
  metrics: Metrics;
  /** True while the next photo needs no further loading of models. */
  ready: () => boolean;
  /** False where only a new process can analyse photos. */
  live: () => boolean;
  /** The published JSON Schemas by result type. */
  schemas: Record<string, object>;
}

/** The HTTP surface (design §3). It does not listen by itself. */
export function createApp(options: AppOptions): Express {
  const { gate, ready, live, schemas } = options;
  const app = express().disable("x-powered-by").disable("etag").set("case sensitive routing", true);

  app.get("/livez", (_request, response) => void response.status(live() ? 200 : 503).end());
  app.get("/readyz", (_request, response) => void response.status(ready() && !gate.draining ? 200 : 503).end());
  app.get("/healthz", (_request, response) => void response.status(204).end());
  app.get("/schemas/:name", ({ params }, response, next) => {
    const type = params.name.replace(/\.json$/, "");
    const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
    if (schema) response.type("application/schema+json").send(JSON.stringify(schema));
    else next();
  });

  // CloudEvents webhook validation, HTTP 1.1 Web Hooks §4.2: who may send is asked of each event.
  app.options("/", (request, response) => {
    const origin = request.get("WebHook-Request-Origin");
    if (origin) response.set("WebHook-Allowed-Origin", origin).set("WebHook-Allowed-Rate", "*");
    response.set("Allow", "POST, OPTIONS").status(200).end();
  });
  const admission = { ...options, authorize: createAuthorize(options) };
  app.post("/", answerEvents(admission));
  app.post("/dead-letters", displayDeadLetters(admission));

  // The Broker retries a 404 but not a 405.
  app.all("/", refuseMethod);
  app.use((request, response, next) => (request.method === "POST" ? refuseMethod(request, response) : next())); // `*` too, which no route matches
  app.use((request, response) => sendProblem(response, { code: "not-found", status: 404, message: `there is nothing at ${request.path}` }));
  app.use(answerFailures(options));
  return app;
}

function refuseMethod({ method, path }: Request, response: Response): never {
  response.set("Allow", path === "/" ? "POST, OPTIONS" : "");
  throw new MethodNotAllowed(`${method} ${path} is not served`);
}
