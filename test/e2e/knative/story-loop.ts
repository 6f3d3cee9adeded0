import { deepEqual, equal } from "node:assert/strict";
import { serveProcess } from "../../kit/service-process.js";
import { broker, trigger } from "./namespace.js";
import { reachesCollector, reachesService } from "./probe.js";
import type { Story } from "./story.js";
import { logUpTo, ossEnv, sendTo, upload } from "./world.js";

/**
 * The worst that can be set up: a Trigger without any filter, and K_SINK at the same Broker. The Broker's TTL, which
 * ends loops of replies, begins anew with what comes from K_SINK: only the service can stop that loop.
 */
export const loop: Story = {
  name: "results that come back, by reply and by K_SINK, through a Trigger without any filter are displayed and never worked on",
  async run({ namespace, oss, photo, results }) {
    const sink = namespace.ingress("loop");
    const service = await serveProcess({ ...ossEnv(oss), RESULTS: "log,reply,sink", K_SINK: sink });
    try {
      const seen = trigger("loop-results", { broker: "loop", subscriber: `{ uri: "${results.url}" }`, rest: "  filter: { attributes: { type: faces.image.analyzed } }\n" });
      await namespace.apply(broker("loop") + trigger("loop", { broker: "loop", subscriber: `{ uri: "${service.url}" }` }) + seen);
      await namespace.ready("broker/loop", "trigger/loop", "trigger/loop-results");
      await service.ready;
      await Promise.all([reachesService(sink, service.log), reachesCollector(sink, results)]);
      const before = (await logUpTo({ service, marker: "loop-begin" })).length;
      photo("loop.jpg");
      equal(await sendTo(sink, upload("loop.jpg", "loop-1")), 202);

      const log = (await logUpTo({ service, marker: "loop-end" })).slice(before);
      const displayed = log.filter(({ outcome }) => outcome === "displayed").map(({ event }) => event?.type);
      deepEqual(displayed, ["oss:ObjectCreated:PutObject", "faces.image.analyzed", "faces.image.analyzed", "dev.test.marker"]);
      deepEqual(log.filter(({ outcome }) => outcome === "analyzed").length, 1, "analyses");
      const ids = results.received.filter(({ cause }) => cause === "loop-1").map(({ source, id }) => `${source} ${id}`);
      deepEqual([ids.length, new Set(ids).size], [2, 1], "by K_SINK and by reply: the same event");
      return "1 photo: 3 deliveries (the photo's event, its result by K_SINK, its result by reply), 1 analysis; the second Trigger got 2 events of 1 id";
    } finally {
      await service.stop();
    }
  },
};
