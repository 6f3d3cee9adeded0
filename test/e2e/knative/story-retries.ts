import { deepEqual, equal } from "node:assert/strict";
import type { Story } from "./story.js";
import { logUpTo, sendTo, upload } from "./world.js";

export const retries: Story = {
  name: "a service that is away, and an object store that fails or stalls at first: the Broker tries again, and there is one result",
  async run({ namespace, service, balancer, oss, photo, results }) {
    const ingress = namespace.ingress("eventbridge-default-broker");
    for (const key of ["away.jpg", "fails.jpg", "stalls.jpg"]) photo(key);
    const fails = { status: 503, code: "ServiceUnavailable" };
    oss.fault("fails.jpg", fails, fails, fails, undefined); // one delivery asks three times
    oss.fault("stalls.jpg", { stall: 1000 }, undefined);

    balancer.empty();
    const refused = balancer.refused();
    const away = sendTo(ingress, upload("away.jpg", "away-1"));
    await refused;
    balancer.targets.add(service.port);
    deepEqual(await Promise.all([away, sendTo(ingress, upload("fails.jpg", "fails-1")), sendTo(ingress, upload("stalls.jpg", "stalls-1"))]), [202, 202, 202]);

    const log = await logUpTo({ service, marker: "retries-end" });
    const count = (id: string) => ({ delivered: log.filter(({ event }) => event?.id === id).length, results: results.received.filter(({ cause }) => cause === id).length });
    deepEqual(["away-1", "fails-1", "stalls-1"].map(count), [
      { delivered: 1, results: 1 },
      { delivered: 2, results: 1 },
      { delivered: 2, results: 1 },
    ]);
    const troubles = log.filter(({ outcome }) => outcome === "retry").map(({ code }) => code);
    for (const code of ["storage-unavailable", "deadline"]) equal(troubles.filter((one) => one === code).length > 0, true, `${code}: ${troubles.join()}`);
    return "away: refused once, then 1 result; OSS 503: 2 deliveries, 1 result; OSS stalls: 2 deliveries, 1 result";
  },
};
