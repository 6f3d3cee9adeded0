import { setTimeout as pause } from "node:timers/promises";
import type { Collected, Collector } from "../../kit/collector.js";
import type { LogLine } from "../../kit/service-process.js";
import { sendTo } from "./world.js";

const OURS = "probe-";
let count = 0;

/**
 * Sends events into a Broker until one arrives. A Trigger says Ready before the channel's dispatcher has heard of it:
 * what is sent in the meantime is lost, though the ingress answers 202.
 */
async function untilOneArrives(ingress: string, type: string, arrived: (id: string) => boolean): Promise<void> {
  for (;;) {
    const id = `${OURS}${count++}`;
    await sendTo(ingress, { specversion: "1.0", id, type, source: "acs.oss", datacontenttype: "application/json", data: { events: [] } });
    if (arrived(id)) return;
    await pause(20);
  }
}

/** Until photos' events reach a service through all Triggers of a Broker; the service skips these, for they hold no records. */
export const reachesService = (ingress: string, log: readonly LogLine[]) => untilOneArrives(ingress, "oss:ObjectCreated:PutObject", (id) => log.some(({ event }) => event?.id === id));

/** Until results reach a collector. */
export const reachesCollector = (ingress: string, { received }: Collector) => untilOneArrives(ingress, "faces.image.analyzed", (id) => received.some((event) => event.id === id));

export const isNoProbe = ({ id }: Collected) => !id.startsWith(OURS);
