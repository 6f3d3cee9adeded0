import { indentJson } from "../../src/events/indent-json.js";

describe("indentJson is Go's json.Indent", () => {
  it.each([
    ["scalars as they are", "1.0", "1.0"],
    ["exponents", "[1e3,-1.5E+10,-0]", "[\n    1e3,\n    -1.5E+10,\n    -0\n  ]"],
    ["numbers beyond 2^53", "[12345678901234567890]", "[\n    12345678901234567890\n  ]"],
    ["key order, doubled keys", '{"b":1,"a":2,"b":3}', '{\n    "b": 1,\n    "a": 2,\n    "b": 3\n  }'],
    ["empty ones stay together", '{"z":[ ],"y":{\n}}', '{\n    "z": [],\n    "y": {}\n  }'],
    ["nesting", '[[{"a":[1]}]]', '[\n    [\n      {\n        "a": [\n          1\n        ]\n      }\n    ]\n  ]'],
    ["strings untouched", '["{ ,:[\\"\\\\","<&>"]', '[\n    "{ ,:[\\"\\\\",\n    "<&>"\n  ]'],
    ["strings of any script", '["相册","é",{"😀":"\u2028"}]', '[\n    "相册",\n    "é",\n    {\n      "😀": "\u2028"\n    }\n  ]'],
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
    expect(indentJson(nested(100))).toContain(`\n${"  ".repeat(100)}[]`);
  });

  it("gives up where indentation would multiply the text", () => {
    expect(indentJson("[".repeat(5_000) + Array(200_000).fill("1").join(",") + "]".repeat(5_000))).toBeUndefined();
    expect(indentJson("[".repeat(2_000) + Array(1_950).fill("1").join(",") + "]".repeat(2_000))).toBeUndefined();
  });

  it.each([1, 100, 1000, 100_000])("by no more than eight times and 64 kB: ones in any depth, %d of them", (count) => {
    const ones = Array(count).fill("1").join(",");
    const texts = Array.from({ length: 200 }, (_, depth) => "[".repeat(depth + 1) + ones + "]".repeat(depth + 1));
    for (const text of texts.filter((_, depth) => depth % 10 === 0)) expect(indentJson(text)?.length ?? 0).toBeLessThanOrEqual(8 * text.length + 65_536);
  });

  it("says so in no time", () => {
    const hostile = ["[".repeat(500_000) + "]".repeat(500_000), "[".repeat(9_000) + Array(400_000).fill("1").join(",") + "]".repeat(9_000), '{"":'.repeat(260_000)];
    const before = process.cpuUsage();
    for (const text of hostile) expect(indentJson(text)).toBeUndefined();
    expect(process.cpuUsage(before).user).toBeLessThan(30_000); // microseconds; to parse one of them takes more
  });

  it.each(["册", "😀"])("counts characters, not bytes, where it gives up: of %s", (character) => {
    const limit = 16 * 1024 * 1024;
    const text = (length: number) => JSON.stringify(character.repeat((length - 2) / character.length));
    expect(indentJson(text(limit))).toHaveLength(limit);
    expect(indentJson(text(limit + 2))).toBeUndefined();
  });
});
