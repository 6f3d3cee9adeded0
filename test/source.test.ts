import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../src/config.js";
import { namespaceOfPod, sourceOf } from "../src/source.js";

describe("the source of results", () => {
  it.each([
    ["/oss-faces", {}],
    ["/apis/serving.knative.dev/v1/namespaces/blue/services/event-display", { K_SERVICE: "event-display", NAMESPACE: "blue" }],
    ["urn:mine", { K_SERVICE: "event-display", RESULT_SOURCE: "urn:mine" }],
  ])("%s", (source, env) => {
    expect(sourceOf(readConfig(env))).toBe(source);
  });

  it.each([
    ["blue", "search blue.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.0.0.10\n"],
    ["default", "nameserver 10.0.0.10\n"],
    ["default", "search example.com\n"],
  ])("in the namespace %s of the pod's search domain", async (namespace, text) => {
    const folder = await mkdtemp(join(tmpdir(), "oss-faces-resolv-"));
    await writeFile(join(folder, "resolv.conf"), text);
    expect(namespaceOfPod(join(folder, "resolv.conf"))).toBe(namespace);
    await rm(folder, { recursive: true });
    expect(namespaceOfPod(join(folder, "resolv.conf"))).toBe("default");
  });
});
