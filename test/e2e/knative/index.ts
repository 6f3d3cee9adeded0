/**
 * `npm run e2e:knative [-- EXEC]`: our manifests and the service of this checkout on a real Knative Eventing, story by
 * story. EXEC runs its arguments inside the cluster's network, with kubectl and queue-proxy on the PATH; KNATIVE_EXEC
 * or ../shared/tools/knative/exec.sh by default.
 */
import { ALL_STORIES, runStories } from "./run.js";
import { whereKnativeRuns } from "./where.js";

try {
  const run = runStories(await whereKnativeRuns(process.argv[2]));
  process.once("SIGINT", run.stop).once("SIGTERM", run.stop);
  let wrong = 0;
  for (const story of ALL_STORIES) {
    const told = await run.told(story);
    process.stdout.write(`${told.wrong === undefined ? "ok   " : "WRONG"} ${story}\n${(told.wrong ?? told.seen ?? "").replace(/^/gm, "        ")}\n`);
    if (told.wrong !== undefined) wrong++;
  }
  await run.ended;
  process.stdout.write(`${ALL_STORIES.length - wrong} of ${ALL_STORIES.length} stories are true\n`);
  process.exitCode = wrong === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
