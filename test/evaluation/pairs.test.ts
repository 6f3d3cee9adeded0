import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePairs, portraitFile, stemOf } from "../../src/evaluation/pairs.js";

const text = (...lines: string[]) => lines.join("\n");
const shown = (folds: ReturnType<typeof parsePairs>) => folds.map((fold) => fold.map(({ same, portraits }) => `${portraits.map(stemOf).join(same ? " = " : " / ")}`));

describe("pairs are read", () => {
  it.each([
    ["folds", text("2\t1", "Ann\t1\t2", "Ann\t1\tBo\t3", "Bo\t3\t4", "Bo\t1\tAnn\t12"), [["Ann_0001 = Ann_0002", "Ann_0001 / Bo_0003"], ["Bo_0003 = Bo_0004", "Bo_0001 / Ann_0012"]]],
    ["one number: one fold", text("1", "Ann\t1\t2", "Ann\t1\tBo\t3", ""), [["Ann_0001 = Ann_0002", "Ann_0001 / Bo_0003"]]],
    ["blanks, CRLF, empty lines", "1 1\r\n\r\nAnn 1  2\r\nAnn 1 Bo 3\r\n\r\n", [["Ann_0001 = Ann_0002", "Ann_0001 / Bo_0003"]]],
    ["names with spaces between tabs", text("1", "Ann Lee\t1\t2", "Ann Lee\t1\tBo\t10000"), [["Ann Lee_0001 = Ann Lee_0002", "Ann Lee_0001 / Bo_10000"]]],
  ])("%s", (_, file, expected) => {
    expect(shown(parsePairs(file))).toEqual(expected);
  });
});

describe("pairs are refused, the line named", () => {
  it.each([
    ["", "line 1: must be the number of folds"],
    [text("Ann\t1\t2"), "line 1: must be the number of folds"],
    [text("0\t1"), "line 1: must be the number of folds"],
    [text("1\t1", "Ann\t1\tx", "Ann\t1\tBo\t1"), "line 2: x is no picture's number"],
    [text("1\t1", "Ann\t1\t2", "Ann\t1\tBo\t-1"), "line 3: -1 is no picture's number"],
    [text("1\t1", "", "Ann\t1\t1.5", "Ann\t1\tBo\t1"), "line 3: 1.5 is no picture's number"],
    [text("1 1", "Ann Lee 1 2 3", "x"), "line 2: has 5 fields"],
    [text("1\t1", "Ann\t1", "Ann\t1\tBo\t1"), "line 2: has 2 fields"],
    [text("2\t1", "Ann\t1\t2", "Ann\t1\tBo\t1"), "the first line announces 2 folds of 1 + 1 pairs, 4 lines in all; there are 2"],
    [text("1", "Ann\t1\t2"), "the first line announces 1 fold of 1 + 1 pairs, 2 lines in all; there are 1"],
  ])("%j", (file, message) => {
    expect(() => parsePairs(file)).toThrow(message);
  });
});

it("a portrait's file is in its person's folder or beside it, in any of the formats", async () => {
  const root = await mkdtemp(join(tmpdir(), "oss-faces-pairs-"));
  const files = ["Ann/Ann_0001.jpg", "Ann/Ann_0002.png", "Bo_0001.jpeg", "Bo_0002.webp"].map((file) => join(root, file));
  await mkdir(join(root, "Ann"));
  await Promise.all(files.map((file) => writeFile(file, "")));
  const portraits = ["Ann", "Bo"].flatMap((name) => [1, 2].map((number) => ({ name, number })));
  expect(await Promise.all(portraits.map((portrait) => portraitFile(root, portrait)))).toEqual(files);
  expect(await portraitFile(root, { name: "Cy", number: 7 })).toBe(join(root, "Cy/Cy_0007.jpg"));
  await rm(root, { recursive: true });
});
