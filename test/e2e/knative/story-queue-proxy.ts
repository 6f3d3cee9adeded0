import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { endWithUs } from "../../kit/end-with-us.js";
import type { PodStory } from "./story.js";

const POD = fileURLToPath(new URL("pod.js", import.meta.url));

/** Runs `pod.ts` in a network that has only loopback. */
async function inPod(order: string): Promise<string> {
  const running = promisify(execFile)("unshare", ["-n", "sh", "-c", 'ip link set lo up && exec "$@"', "pod", process.execPath, POD, order]);
  endWithUs(running.child, "SIGTERM"); // it ends its own
  return (await running).stdout.trim();
}

export const drainInOrder: PodStory = { name: "behind queue-proxy: Knative's readiness probe passes, and a drain in Knative's order loses nothing", run: () => inPod("knative") };
export const drainInWrongOrder: PodStory = { name: "behind queue-proxy: a drain in the wrong order loses nothing", run: () => inPod("wrong") };
