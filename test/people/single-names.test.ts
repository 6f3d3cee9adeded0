import { SingleNames } from "../../src/people/single-names.js";

const names = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => [`person ${from + i}`, `王${from + i}芳`, `${from + i}`][i % 3]);

describe.each([1, 100, 30_000])("of %i names", (count) => {
  const [once, twice] = [names(0, count), names(count, 2 * count)];
  const known = new SingleNames(3 * count);
  for (const name of [...twice, ...once, ...twice]) known.add(Buffer.from(name));

  it("nobody who came twice counts as having come once", () => {
    expect(twice.filter((name) => known.has(name))).toEqual([]);
  });

  it("most of those who came once do", () => {
    expect(once.filter((name) => known.has(name)).length).toBeGreaterThan(0.85 * count);
  });
});
