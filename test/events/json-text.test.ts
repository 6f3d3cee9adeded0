import { endOfValue, entries, indentJson, nesting } from "../../src/events/json-text.js";

const MIB = 1024 * 1024;

describe("indentJson is Go's json.Indent", () => {
  it.each([
    ["scalars as they are", "1.0", "1.0"],
    ["exponents", "[1e3,-1.5E+10,-0]", "[\n    1e3,\n    -1.5E+10,\n    -0\n  ]"],
    ["numbers beyond 2^53", "[12345678901234567890]", "[\n    12345678901234567890\n  ]"],
    ["key order, doubled keys", '{"b":1,"a":2,"b":3}', '{\n    "b": 1,\n    "a": 2,\n    "b": 3\n  }'],
    ["empty ones stay together", '{"z":[ ],"y":{\n}}', '{\n    "z": [],\n    "y": {}\n  }'],
    ["nesting", '[[{"a":[1]}]]', '[\n    [\n      {\n        "a": [\n          1\n        ]\n      }\n    ]\n  ]'],
    ["strings untouched", '["{ ,:[\\"\\\\","<&>"]', '[\n    "{ ,:[\\"\\\\",\n    "<&>"\n  ]'],
    ["white space in front goes", " \n\t[ 1 , 2 ]", "[\n    1,\n    2\n  ]"],
    ["white space behind stays", "{} \r\n\n", "{} \r\n\n"],
    ["behind a scalar too", "42 \n", "42 \n"],
  ])("%s", (_, json, expected) => {
    expect(indentJson(json)).toBe(expected);
  });

  it.each(["", " ", "{nope", "[1,]", "{} x", '"a', "01", "\ufeff{}", '["\u0001"]', "NaN", "[}"])("%j is no JSON", (text) => {
    expect(indentJson(text)).toBeUndefined();
  });

  it("gives up on nesting where Go does", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(indentJson(nested(10_001))).toBeUndefined();
    expect(indentJson(nested(1_000))).toContain(`\n${"  ".repeat(1_000)}[]`);
  });

  it("gives up where indentation would multiply the text", () => {
    expect(indentJson("[".repeat(5_000) + Array(200_000).fill("1").join(",") + "]".repeat(5_000))).toBeUndefined();
  });
});

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
