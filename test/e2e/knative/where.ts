import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";

const BESIDE_US = fileURLToPath(new URL("../../../../../shared/tools/knative/exec.sh", import.meta.url));

/**
 * The program that runs its arguments inside the cluster's network, with kubectl and queue-proxy on the PATH.
 * @param given by the user; else KNATIVE_EXEC, else ../shared/tools/knative/exec.sh
 * @throws Error, with what to do, where there is none or no Knative Eventing behind it
 */
export async function whereKnativeRuns(given = process.env.KNATIVE_EXEC): Promise<string> {
  const exec = given || BESIDE_US;
  if (!existsSync(exec)) throw new Error(`no Knative here: ${exec} is missing; KNATIVE_EXEC names a program that runs its arguments inside a cluster's network`);
  try {
    await promisify(execFile)(exec, ["kubectl", "get", "crd", "brokers.eventing.knative.dev", "--request-timeout=5s"], { timeout: 10_000 });
  } catch {
    throw new Error(`no Knative here: nothing answers to ${exec} kubectl get crd brokers.eventing.knative.dev; is it started?`);
  }
  return exec;
}

/** Runs one of our scripts inside, with its output as ours. @returns its exit code */
export async function runInside(exec: string, script: URL, args: string[]): Promise<number> {
  const child = spawn(exec, [process.execPath, fileURLToPath(script), ...args], { stdio: "inherit" });
  const forward = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on("SIGINT", forward).on("SIGTERM", forward);
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
