/** Runs all stories inside the cluster's network; says each on a line of JSON (`Told`). */
import { POD_STORIES, STORIES } from "./stories.js";
import type { Told } from "./story.js";
import { openWorld } from "./world.js";

async function tell(story: string, run: () => Promise<string>): Promise<void> {
  const told: Told = { story };
  try {
    told.seen = await run();
  } catch (error) {
    told.wrong = error instanceof Error ? error.message : String(error);
    process.exitCode = 1;
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

async function inWorld(): Promise<void> {
  const opening = openWorld(`oss-faces-e2e-${process.pid}`);
  for (const { name, run } of STORIES) await tell(name, async () => run(await opening));
  await opening.then((world) => world.close(), () => undefined); // every story said why there is none
}

await Promise.all([inWorld(), ...POD_STORIES.map(({ name, run }) => tell(name, run))]);
process.exit(); // by itself Node 20 may never end: it waits for handles of connections that were reset
