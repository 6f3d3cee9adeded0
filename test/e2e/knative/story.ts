import type { World } from "./world.js";

/** Something that has to be true of the service in a real cluster. */
export interface Story {
  name: string;
  /** @returns what was seen @throws Error where it is not true */
  run: (world: World) => Promise<string>;
}

/** One that needs no cluster, only its queue-proxy. */
export interface PodStory {
  name: string;
  run: () => Promise<string>;
}

/** What a story came to, as `inside.ts` says it: one line of JSON each. */
export interface Told {
  story: string;
  seen?: string;
  wrong?: string;
}
