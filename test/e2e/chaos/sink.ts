import type { Answer } from "../../kit/collector.js";
import type { Random } from "../../kit/random.js";

/** Share of deliveries that go wrong. */
const FAILS = 0.1;

/** K_SINK that fails now and then; `failed` counts how often. */
export function fickleSink(random: Random): { answer: Answer; failed: Record<string, number> } {
  const failed: Record<string, number> = {};
  return {
    failed,
    answer(_event, response) {
      if (!random.chance(FAILS)) {
        response.writeHead(202).end();
        return true;
      }
      const how = random.chance(0.05) ? "hangs" : random.pick(["503", "500", "reset", "taken, then reset"]);
      failed[how] = (failed[how] ?? 0) + 1;
      if (how.startsWith("5")) response.writeHead(Number(how)).end();
      else if (how !== "hangs") response.socket?.resetAndDestroy();
      return how.startsWith("taken");
    },
  };
}
