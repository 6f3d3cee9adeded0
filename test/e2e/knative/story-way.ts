import { deepEqual, equal } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { AnalyzedData } from "../../../src/events/result-schema.js";
import type { Story } from "./story.js";
import { BROKERS, logUpTo, sendTo, upload } from "./world.js";

const [DEFAULT, EVENTBRIDGE] = BROKERS;
const WAYS = [
  [EVENTBRIDGE, "eventbridge", "binary"],
  [EVENTBRIDGE, "eventbridge", "structured"],
  [DEFAULT, "mnsoss", "binary"],
  [DEFAULT, "mnsoss-base64", "binary"],
  [DEFAULT, "mnsoss-string", "structured"],
] as const;

export const way: Story = {
  name: "service.yaml and trigger.yaml as they are: a photo's event, in any form, comes back as a new event that a second Trigger delivers",
  async run({ namespace, photo, results, service }) {
    const seen: string[] = [];
    const before = results.received.length;
    for (const [broker, as, mode] of WAYS) {
      const id = `way-${as}-${mode}`;
      const key = `夏天/${id} 100%.jpg`;
      photo(key);
      equal(await sendTo(namespace.ingress(broker), upload(key, id, as), mode), 202);
      const { type, subject, data } = await results.got(({ cause }) => cause === id);
      deepEqual([type, subject, (data as AnalyzedData).faces.length], ["faces.image.analyzed", `photos/${key}`, 3]);
      seen.push(`${broker}, ${as}, ${mode}: 202; the second Trigger got ${type} with 3 faces`);
    }
    equal(results.received.length - before, WAYS.length, "results at the second Triggers");
    const log = await logUpTo({ service, marker: "way-end" });
    deepEqual(log.filter(({ event }) => event?.type.startsWith("faces.")), [], "our own results came back to us");
    return seen.join("\n");
  },
};

export const others: Story = {
  name: "other events are displayed",
  async run({ namespace, service, results }) {
    const before = results.received.length;
    const guide = JSON.parse(await readFile(new URL("../../../../test/fixtures/guide-apiserver.json", import.meta.url), "utf8")) as { attributes: Record<string, string>; data: object };
    // The Broker takes 0.3 and 1.0; knativehistory is the channel's own.
    const event = { ...guide.attributes, specversion: "1.0", id: "others-1", type: guide.attributes.type, source: guide.attributes.source, data: guide.data };
    equal(await sendTo(namespace.ingress(DEFAULT), event), 202);
    const { outcome } = await service.logged((line) => line.event?.id === "others-1");
    deepEqual([outcome, results.received.length - before], ["displayed", 0]);
    return `${event.type}: 202, displayed, no result`;
  },
};
