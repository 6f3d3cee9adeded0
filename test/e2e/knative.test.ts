import { ALL_STORIES, type Run, runStories } from "./knative/run.js";
import { whereKnativeRuns } from "./knative/where.js";

/** The same as `npm run e2e:knative`, where a Knative is running. */
const exec = await whereKnativeRuns().catch(({ message }: Error) => console.warn(`test/e2e/knative is skipped: ${message}`));
const itInCluster = exec === undefined ? it.skip : it;

describe("on a real Knative Eventing", () => {
  let run: Run | undefined;
  beforeAll(() => {
    if (exec !== undefined) run = runStories(exec);
  });
  afterAll(() => run?.ended);

  for (const story of ALL_STORIES) itInCluster(story, async () => expect(await run?.told(story)).toEqual({ story, seen: expect.any(String) }));
});
