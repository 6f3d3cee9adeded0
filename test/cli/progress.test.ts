import { tell } from "../../src/cli/output.js";
import { progress } from "../../src/cli/progress.js";

/** What `work` writes to a stderr that is a terminal, or none. */
function written(isTTY: boolean, work: () => void): string[] {
  const real = Object.getOwnPropertyDescriptor(process, "stderr")!;
  const lines: string[] = [];
  Object.defineProperty(process, "stderr", { configurable: true, value: { isTTY, write: (text: string) => lines.push(text) } });
  try {
    work();
  } finally {
    Object.defineProperty(process, "stderr", real);
  }
  return lines;
}

const counting = () => {
  const shown = progress("pictures", 2);
  shown.step();
  shown.end();
  shown.step(); // a picture that was in work when another one failed
};

it("counts on a terminal, and takes its line away for good at the end", () => {
  expect(written(true, counting)).toEqual(["\r\x1b[Kpictures 0/2", "\r\x1b[Kpictures 1/2", "\r\x1b[K"]);
});

it("is silent where nobody watches", () => {
  expect(written(false, counting)).toEqual([]);
});

it("makes way for what is said meanwhile, and stands below it again", () => {
  const saying = () => {
    const shown = progress("pictures", 2);
    tell("a line\n");
    shown.end();
    tell("another\n");
  };
  expect(written(true, saying)).toEqual(["\r\x1b[Kpictures 0/2", "\r\x1b[K", "a line\n", "\r\x1b[Kpictures 0/2", "\r\x1b[K", "another\n"]);
  expect(written(false, saying)).toEqual(["a line\n", "another\n"]);
});
