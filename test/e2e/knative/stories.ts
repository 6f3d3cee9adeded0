import { deadLetters } from "./story-dead-letters.js";
import { loop } from "./story-loop.js";
import { drainInOrder, drainInWrongOrder } from "./story-queue-proxy.js";
import { retries } from "./story-retries.js";
import type { PodStory, Story } from "./story.js";
import { others, way } from "./story-way.js";

/** One after the other, in one namespace. */
export const STORIES: Story[] = [way, others, deadLetters, retries, loop];
/** Beside those: queue-proxy waits for 30 quiet seconds before it leaves. */
export const POD_STORIES: PodStory[] = [drainInOrder, drainInWrongOrder];
