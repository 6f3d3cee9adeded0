import { showStatus } from "./output.js";

/** A counter on stderr for work that takes a while; silent unless stderr is a terminal. */
export function progress(label: string, total: number): { step: () => void; at: (count: number) => void; end: () => void } {
  const shown = process.stderr.isTTY;
  const clear = () => shown && process.stderr.write("\r\x1b[K");
  let done = 0;
  let ended = false;
  const draw = () => shown && !ended && process.stderr.write(`\r\x1b[K${label} ${done}/${total}`);
  showStatus({ clear, draw });
  return {
    step() {
      done += 1;
      draw();
    },
    at(count) {
      if (count === done) return;
      done = count;
      draw();
    },
    /** Takes the line away; whatever is counted after it is not shown. */
    end() {
      if (ended) return;
      ended = true;
      showStatus(undefined);
    },
  };
}
