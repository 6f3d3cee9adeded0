/**
 * Our manifests on a real Knative Eventing: `npm run e2e:knative -- EXEC`, where EXEC is a program that runs its
 * arguments inside the cluster's network, with kubectl on the PATH (and prints what they print).
 * service.yaml and trigger.yaml are applied as they are; the service is this checkout, on a port of that network, since
 * no kubelet has to be there.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeEvent, type NotificationForm } from "../../src/sources/notification.js";
import { folderBucket, notification } from "../kit/service.js";

const exec = process.argv[2];
if (!exec) throw new Error("npm run e2e:knative -- EXEC: a program that runs its arguments inside the cluster's network");
const root = fileURLToPath(new URL("../../../", import.meta.url));
const inside = (...args: string[]) => execFileSync(exec, args, { encoding: "utf8" });
const apply = (...files: string[]) => inside("kubectl", "apply", ...files.flatMap((file) => ["-f", file]));
const PORT = "8188";
const SERVICE = `http://127.0.0.1:${PORT}`;
const BROKERS = ["default", "eventbridge-default-broker"];

function yaml(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "oss-faces-e2e-")), "objects.yaml");
  writeFileSync(file, text);
  return file;
}

const address = JSON.stringify({ url: SERVICE, address: { url: SERVICE }, conditions: [{ type: "Ready", status: "True" }] });
const subscriber = (broker: string) => `
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: faces-of-${broker} }
spec:
  broker: ${broker}
  filter: { attributes: { type: faces.image.analyzed } }
  subscriber: { uri: "http://127.0.0.1:9188/" }
`;

apply(yaml(BROKERS.map((name) => `apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: { name: ${name} }\n`).join("---\n")));
apply(join(root, "service.yaml"), join(root, "trigger.yaml"));
inside("kubectl", "patch", "services.serving.knative.dev", "event-display", "--subresource=status", "--type=merge", "-p", `{"status":${address}}`);
apply(yaml(BROKERS.map(subscriber).join("---\n")));
inside("kubectl", "wait", "--for=condition=Ready", "--timeout=60s", ...BROKERS.map((name) => `broker/${name}`), "trigger/oss-faces-eventbridge", "trigger/oss-faces-mnsoss", ...BROKERS.map((name) => `trigger/faces-of-${name}`));

const bucket = await folderBucket();
await bucket.copySample(1, "team.jpg");
const service = spawn(exec, [process.execPath, join(root, "bin/oss-faces.js"), "serve", "--port", PORT, "--storage", bucket.root], { stdio: ["ignore", "pipe", "inherit"] });
const receiver = spawn(exec, [process.execPath, "-e", RECEIVER()], { stdio: ["ignore", "pipe", "inherit"] });
await once(receiver.stdout, "data");
let log = "";
service.stdout.on("data", (chunk) => (log += String(chunk)));
while (!/^ready$/m.test(log)) await once(service.stdout, "data");

/** Sends into a Broker's ingress, waits for the result at the second Trigger. */
async function roundTrip(broker: string, as: NotificationForm): Promise<void> {
  const { headers, body } = encodeEvent(notification({ bucket: "photos", key: "team.jpg" }, as, `e2e-${as}`), "binary");
  const options = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const arrived = once(receiver.stdout, "data");
  const status = inside("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", `http://broker-ingress.knative-eventing.svc.cluster.local/default/${broker}`, ...options, "--data-binary", body);
  const [line] = (await arrived) as [Buffer];
  const { type, subject, faces, cause } = JSON.parse(line.toString()) as { type: string; subject: string; faces: number; cause: string };
  process.stdout.write(`${broker}, ${as}: ingress ${status}; second Trigger got ${type} of ${subject}: ${faces} faces, caused by ${cause}\n`);
  if (status !== "202" || type !== "faces.image.analyzed" || faces !== 3 || cause !== `e2e-${as}`) process.exitCode = 1;
}

/** The second Trigger's subscriber: a line for each event. */
function RECEIVER(): string {
  return `require("http").createServer((q, r) => { let b = ""; q.on("data", (d) => (b += d)); q.on("end", () => { r.writeHead(202).end();
    console.log(JSON.stringify({ type: q.headers["ce-type"], subject: q.headers["ce-subject"], cause: q.headers["ce-causationid"], faces: JSON.parse(b).faces.length })); }); })
    .listen(9188, "127.0.0.1", () => console.log("listening"))`;
}

try {
  await roundTrip("eventbridge-default-broker", "eventbridge");
  await roundTrip("default", "mnsoss");
  await roundTrip("default", "mnsoss-base64");
} finally {
  service.kill("SIGTERM");
  receiver.kill("SIGTERM");
  await once(service, "exit");
  await bucket.remove();
}
