import { IssuerUnavailable, Unauthorized } from "../../src/errors.js";
import { noteRefusals } from "../../src/server/refusal-log.js";

it("a reason is a line a minute at most, with how many were not shown; another reason is shown at once", () => {
  const lines: string[] = [];
  let now = 0;
  const note = noteRefusals({ line: (level, message) => lines.push(`${level}: ${message}`) }, () => now);
  const flood = (count: number) => Array.from({ length: count }, () => note(new Unauthorized("no token")));
  flood(1000);
  note(new IssuerUnavailable("no keys"));
  now = 59_999;
  flood(1);
  now = 60_000;
  flood(2);
  now = 120_000;
  flood(1);
  now = 200_000;
  flood(1);
  expect(lines).toEqual([
    "warn: rejected: unauthorized: no token",
    "warn: retry: issuer-unavailable: no keys",
    "warn: rejected: unauthorized: no token (and 1000 times since the last such line)",
    "warn: rejected: unauthorized: no token (and 1 times since the last such line)",
    "warn: rejected: unauthorized: no token",
  ]);
});

it("goes by no time of day", () => {
  const lines: string[] = [];
  const timeOfDay = Date.now;
  let set = 0;
  Date.now = () => timeOfDay() + set;
  try {
    const note = noteRefusals({ line: (_level, message) => lines.push(message) });
    note(new Unauthorized("no token"));
    set = 3_600_000;
    note(new Unauthorized("no token"));
  } finally {
    Date.now = timeOfDay;
  }
  expect(lines).toHaveLength(1);
});
