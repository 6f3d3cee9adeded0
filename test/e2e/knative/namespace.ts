import { execFile, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const READY_SECONDS = 60;

/** A namespace of its own in the cluster: nothing that an earlier run left behind reaches it. */
export interface Namespace {
  /** Applies objects that are written in YAML. */
  apply: (yaml: string) => Promise<void>;
  /** Applies files of this repository as they are. */
  applyFiles: (...files: string[]) => Promise<void>;
  /** Gives a Knative Service an address, as Serving would: no kubelet has to be there. */
  address: (service: string, url: string) => Promise<void>;
  /** Waits until the objects, `broker/default` and the like, are ready. */
  ready: (...objects: string[]) => Promise<void>;
  /** Where events for a Broker go. */
  ingress: (broker: string) => string;
}

/** Makes one, to be called inside the cluster's network; it is removed when this process ends. */
export async function openNamespace(name: string): Promise<Namespace> {
  await kubectl(["create", "namespace", name]);
  process.once("exit", () => spawnSync("kubectl", ["delete", "namespace", name, "--wait=false"], { stdio: "ignore" }));
  const inside = (args: string[], input?: string) => kubectl(["--namespace", name, ...args], input);
  return {
    apply: (yaml) => inside(["apply", "-f", "-"], yaml),
    async applyFiles(...files) {
      await inside(["apply", "-f", "-"], (await Promise.all(files.map((file) => readFile(join(ROOT, file), "utf8")))).join("\n---\n"));
    },
    address(service, url) {
      const status = { url, address: { url }, conditions: [{ type: "Ready", status: "True" }] };
      return inside(["patch", "services.serving.knative.dev", service, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status })]);
    },
    ready: (...objects) => inside(["wait", "--for=condition=Ready", `--timeout=${READY_SECONDS}s`, ...objects]),
    ingress: (broker) => `http://broker-ingress.knative-eventing.svc.cluster.local/${name}/${broker}`,
  };
}

function kubectl(args: string[], input = ""): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile("kubectl", args, (error, _stdout, stderr) => (error ? reject(new Error(`kubectl ${args.join(" ")}: ${stderr || error.message}`)) : resolve()));
    child.stdin?.on("error", () => undefined).end(input); // who reads nothing closes it
  });
}

/** A Broker. */
export const broker = (name: string) => `---
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: ${name} }
`;

/** A Trigger; the values are YAML. */
export const trigger = (name: string, { broker, subscriber, rest = "" }: { broker: string; subscriber: string; rest?: string }) => `---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: ${name} }
spec:
  broker: ${broker}
  subscriber: ${subscriber}
${rest}`;
