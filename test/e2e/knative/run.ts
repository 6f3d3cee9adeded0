import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { POD_STORIES, STORIES } from "./stories.js";
import type { Told } from "./story.js";

export const ALL_STORIES = [...STORIES, ...POD_STORIES].map(({ name }) => name);

export interface Run {
  /** What a story came to, as soon as it is known. */
  told(story: string): Promise<Told>;
  ended: Promise<unknown>;
  stop: () => void;
}

/** Runs all stories inside the cluster's network that `exec` leads to. */
export function runStories(exec: string): Run {
  const child = spawn(exec, [process.execPath, fileURLToPath(new URL("inside.js", import.meta.url))], { stdio: ["ignore", "pipe", "inherit"] });
  const known: Told[] = [];
  const events = new EventEmitter().setMaxListeners(0);
  createInterface(child.stdout).on("line", (line) => {
    const told = JSON.parse(line) as Told;
    known.push(told);
    events.emit("told", told);
  });
  const ended = once(child, "close");
  return {
    async told(story) {
      const later = new Promise<Told>((resolve) => events.on("told", (told: Told) => told.story === story && resolve(told)));
      const never = ended.then((): Told => ({ story, wrong: "the run ended before" }));
      return known.find((told) => told.story === story) ?? Promise.race([later, never]);
    },
    ended,
    stop: () => void child.kill("SIGTERM"),
  };
}
