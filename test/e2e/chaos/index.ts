/**
 * `npm run chaos -- [--events 2000] [--seed S] [--minutes M]`: nothing may be lost between the real Broker's ingress and
 * the results, whatever dies or fails on the way. With --minutes and without --events as many photos as it can.
 * KNATIVE_EXEC as for `npm run e2e:knative`.
 */
import { runInside, whereKnativeRuns } from "../knative/where.js";
import { chaosOptions } from "./options.js";

try {
  chaosOptions(process.argv.slice(2)); // a mistake is told before anything starts
  process.exitCode = await runInside(await whereKnativeRuns(), new URL("inside.js", import.meta.url), process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
