import { serve } from "../main.js";
import type { Command } from "./command.js";

export const command: Command = {
  summary: "the service: events in by HTTP, faces out",
  usage: "",
  options: {},
  async run({ config }) {
    await serve(config);
    return undefined;
  },
};
