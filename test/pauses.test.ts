import { pauseAfter, retryAfter } from "../src/pauses.js";

describe("retryAfter", () => {
  const now = Date.parse("2024-01-01T00:00:00Z");
  it.each([
    ["12", 12_000],
    ["Mon, 01 Jan 2024 00:00:05 GMT", 5_000],
    ["Mon, 01 Jan 2023 00:00:05 GMT", 0],
    ["never", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%s: %s", (header, milliseconds) => {
    expect(retryAfter(header, now)).toBe(milliseconds);
  });
});

describe("pauseAfter", () => {
  it.each([
    [1, undefined, 1, 100],
    [1, undefined, 0, 50],
    [3, undefined, 1, 400],
    [3, 0, 0.5, 300],
    [1, 99, 1, 100],
    [1, 5_000, 1, 5_000],
  ])("after %i tries, asked for %s, chance %d: %i ms", (tries, asked, chance, milliseconds) => {
    expect(pauseAfter(tries, 100, asked, () => chance)).toBe(milliseconds);
  });
});
