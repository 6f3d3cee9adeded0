import { endOfValue, entries, nesting } from "../../src/events/json-text.js";

const MIB = 1024 * 1024;

describe("endOfValue", () => {
  it.each([
    ['{"a":"}"} tail', 9],
    ["[1] 2", 3],
    ["  [1,[2]]x", 9],
    ['"a\\"b" "c"', 6],
    ["12 3", 2],
    ["true,", 4],
    ["{", 1],
    ['["a', 3],
    ['"a\\', 3],
    ["", 0],
    ["]", 1],
  ])("%j ends at %i", (text, end) => {
    expect(endOfValue(text)).toBe(end);
  });

  it.each(["[".repeat(MIB), '{"a":'.repeat(200_000), '"'.repeat(MIB), "\\".repeat(MIB), " ".repeat(MIB)])("comes to the end of hostile text %#", (text) => {
    expect(endOfValue(text)).toBeLessThanOrEqual(text.length);
  });
});

describe("entries", () => {
  it("gives each value's text from right behind the colon, comma or bracket", () => {
    expect([...entries(' {"a": 1.0 ,"b":\n[1, {"c":2}],"a":"x,}" } ')]).toEqual([
      { key: "a", text: " 1.0" },
      { key: "b", text: '\n[1, {"c":2}]' },
      { key: "a", text: '"x,}"' },
    ]);
    expect([...entries("[ 1,\t2 ,[ ]]")]).toEqual([{ text: " 1" }, { text: "\t2" }, { text: "[ ]" }]);
  });

  it("decodes keys", () => {
    expect([...entries('{"d\\u0061ta":1,"":2,"__proto__":3}')].map(({ key }) => key)).toEqual(["data", "", "__proto__"]);
  });

  it.each(["{}", "[]", " { } "])("%j has none", (json) => {
    expect([...entries(json)]).toEqual([]);
  });
});

describe("nesting", () => {
  it.each([
    ["1", 0],
    ['"[["', 0],
    ["[]", 1],
    ['[[],{"a":[]}]', 3],
    ["[".repeat(MIB / 2) + "]".repeat(MIB / 2), MIB / 2],
  ])("%.10s is %i deep", (json, depth) => {
    expect(nesting(json)).toBe(depth);
  });
});
