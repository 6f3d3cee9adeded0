import { readFileSync } from "node:fs";
import type { Config } from "./config.js";

/** The `source` of our results: RESULT_SOURCE, else the Knative service's API path, else `/oss-faces`. */
export function sourceOf({ resultSource, knativeService, namespace = namespaceOfPod() }: Config): string {
  if (resultSource) return resultSource;
  return knativeService ? `/apis/serving.knative.dev/v1/namespaces/${namespace}/services/${knativeService}` : "/oss-faces";
}

/**
 * The pod's namespace from the first search domain (`default.svc.cluster.local`): it needs no service account token,
 * and Knative Serving allows the downward API only behind a feature flag.
 */
export function namespaceOfPod(file = "/etc/resolv.conf"): string {
  try {
    return /^search\s+([^.\s]+)\.svc\./m.exec(readFileSync(file, "utf8"))?.[1] ?? "default";
  } catch {
    return "default";
  }
}
