import { table, toSecond } from "../../src/cli/people/table.js";

it("columns are as wide as a terminal shows their text", () => {
  expect(table(["NAME", "N"], [["王芳", "1"], ["Rene\u0301", "22"], ["😀", "3"], ["Mary Ann", "4"]])).toBe("NAME      N\n王芳      1\nRene\u0301      22\n😀        3\nMary Ann  4\n");
});

it("a name cannot rule the terminal", () => {
  expect(table(["NAME"], [["a\x1b[31m\nb"]])).toBe("NAME\na\\x1b[31m\\x0ab\n");
});

it("times are told to the second", () => {
  expect(toSecond("2026-01-02T03:04:05.678Z")).toBe("2026-01-02T03:04:05Z");
});
