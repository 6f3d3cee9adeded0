import { deepEqual, equal, match } from "node:assert/strict";
import { send } from "../../kit/service.js";
import { broker, trigger } from "./namespace.js";
import { reachesService } from "./probe.js";
import type { Story } from "./story.js";
import { logUpTo, SERVICE_REF, sendTo, upload } from "./world.js";

/** Gives up after one retry. */
const IMPATIENT = `  delivery:
    retry: 1
    backoffPolicy: exponential
    backoffDelay: PT0.1S
    deadLetterSink: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: event-display }, uri: /dead-letters }
`;

export const deadLetters: Story = {
  name: "what is refused goes to the dead-letter sink at once, what fails for too long in the end, and both are displayed there",
  async run({ namespace, service, oss, photo, results }) {
    await namespace.apply(broker("impatient") + trigger("impatient", { broker: "impatient", subscriber: SERVICE_REF, rest: IMPATIENT }));
    photo("never.jpg");
    oss.fault("never.jpg", { status: 503, code: "ServiceUnavailable" });
    const recordless = { specversion: "1.0", type: "oss:ObjectCreated:PutObject", source: "acs.oss", datacontenttype: "application/json", data: { eventSource: "acs:oss" } };
    const before = results.received.length;

    equal(await sendTo(namespace.ingress("default"), { ...recordless, id: "refused-1" }), 202);
    equal(await sendTo(namespace.ingress("eventbridge-default-broker"), { ...recordless, id: "refused-2" }), 202);
    await namespace.ready("broker/impatient", "trigger/impatient");
    await reachesService(namespace.ingress("impatient"), service.log);
    equal(await sendTo(namespace.ingress("impatient"), upload("never.jpg", "failing-1")), 202);
    // The Broker never delivers what is no CloudEvent: 415 is for whoever sends past it.
    const noEvent = await send(service.url, { "content-type": "application/json" }, "{}");

    const log = await logUpTo({ service, marker: "dead-letters-end" });
    const givenUp = log.filter(({ msg }) => msg.startsWith("given up by the Broker")).map(({ msg }) => msg);
    deepEqual(givenUp, ["refused-1, last answer 400", "refused-2, last answer 400", "failing-1, last answer 503"].map((end) => `given up by the Broker: event ${end}`));
    const deliveries = (id: string) => log.filter(({ event }) => event?.id === id).length;
    // Each is shown twice: when it is delivered and as a dead letter.
    deepEqual([deliveries("refused-1"), deliveries("refused-2"), deliveries("failing-1")], [2, 2, 3]);
    deepEqual([noEvent.status, results.received.length - before], [415, 0]);
    match(noEvent.text, /"code":"not-an-event"/);
    return givenUp.join("\n");
  },
};
