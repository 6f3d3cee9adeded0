import { startPool } from "../start-pool.js";
import type { Command } from "./command.js";
import { readerGone } from "./output.js";

export const command: Command = {
  summary: "the service: events in by HTTP, faces out",
  usage: "",
  options: {},
  async run({ config }) {
    const pool = startPool(config);
    const { serve } = await import("../main.js"); // the larger part of what is to be loaded: beside the workers
    await serve(config, pool, readerGone);
    return undefined;
  },
};
