import { isOtherShape, parseLabels, uprightLabels } from "../../src/evaluation/labels.js";

const image = { width: 400, height: 200, orientation: 1 };
const parse = (value: unknown) => parseLabels(JSON.stringify(value));

describe("labels are read", () => {
  it("as boxes in pixels of the picture, of any class", () => {
    const { kind, pictures } = parse([["a/b.jpg", 0, 0, [[0, 10, 20, 30, 50], ["masked", -1.5, 0, 4, 4]]], ["empty.jpg", 0, 0, []]]);
    expect(kind).toBe("boxes");
    expect(pictures.map(({ file }) => file)).toEqual(["a/b.jpg", "empty.jpg"]);
    expect(uprightLabels(pictures[0], image).boxes).toEqual([{ x: 10, y: 20, width: 20, height: 30 }, { x: -1.5, y: 0, width: 5.5, height: 4 }]);
  });

  it("scaled where they are for a picture of another size", () => {
    const [picture] = parse([["a.jpg", 200, 100, [["face", 10, 20, 30, 50]]]]).pictures;
    expect(uprightLabels(picture, image).boxes).toEqual([{ x: 20, y: 40, width: 40, height: 60 }]);
    expect(isOtherShape(picture, image)).toBe(false);
    expect(isOtherShape(picture, { width: 200, height: 400 })).toBe(true);
  });

  it("as points, which are upright already", () => {
    const { kind, pictures } = parse([["a.jpg", 800, 400, [["nose", 10, 20]]]]);
    expect(kind).toBe("points");
    expect(uprightLabels(pictures[0], { ...image, orientation: 6 }).points).toEqual([[5, 10]]);
  });

  // A stored picture with its nose at 10,20 from its top left; sizes are those of the upright one.
  it.each([
    [1, 400, 200, [10, 20]],
    [2, 400, 200, [390, 20]],
    [3, 400, 200, [390, 180]],
    [4, 400, 200, [10, 180]],
    [5, 200, 400, [20, 10]],
    [6, 200, 400, [180, 10]],
    [7, 200, 400, [180, 390]],
    [8, 200, 400, [20, 390]],
  ])("as noses in the stored picture, orientation %i", (orientation, width, height, nose) => {
    const { kind, pictures } = parse({ note: "x", photos: [{ file: "a.jpg", noses: [[10, 20]], person: "A" }] });
    expect(kind).toBe("points");
    expect(uprightLabels(pictures[0], { width, height, orientation }).points).toEqual([nose]);
  });
});

describe("labels are refused, the entry named", () => {
  const good = ["a.jpg", 0, 0, [["f", 0, 0, 1, 1]]];
  it.each([
    ["{", "it is not JSON: "],
    ["7", "it must be a list of [file, width, height, [labels]]"],
    ['{"pictures": []}', "it must be a list of"],
    ["[]", "it names no pictures"],
    [[good, "b.jpg"], "entry 2: must be [file, width, height, [labels]]"],
    [[["b.jpg", 0, 0]], "entry 1 (b.jpg): must be four things"],
    [[[5, 0, 0, []]], "entry 1: the file's name must be text"],
    [[["b.jpg", -1, 0, []]], "entry 1 (b.jpg): width: must not be negative"],
    [[["b.jpg", 640, "480", []]], "entry 1 (b.jpg): height: must be a number"],
    [[["b.jpg", 640, 0, []]], "entry 1 (b.jpg): width and height: both or neither must be 0"],
    [[["b.jpg", 0, 0, {}]], "entry 1 (b.jpg): labels: must be a list of [class"],
    [[good, ["b.jpg", 0, 0, [["f", 0, 0, 1, 1], ["f", 1, 2, 3]]]], "entry 2 (b.jpg): label 2: must be [class, x0, y0, x1, y1] or [class, x, y]"],
    [[["b.jpg", 0, 0, [["f", 1, "2", 3, 4]]]], "entry 1 (b.jpg): label 1: must be [class"],
    [[["b.jpg", 0, 0, [["f", 5, 0, 5, 9]]]], "entry 1 (b.jpg): label 1: x1 must be greater than x0, and y1 than y0"],
    [[good, ["./a.jpg", 0, 0, []]], "entry 2 (./a.jpg): the picture is in entry 1 already"],
    [[good, ["b.jpg", 0, 0, [["f", 1, 2]]]], "entry 2 (b.jpg) has points, entry 1 (a.jpg) boxes: one kind a file"],
    [{ photos: [{ file: "a.jpg", noses: [[1, 2], [3]] }] }, "entry 1 (a.jpg): nose 2: must be [x, y]"],
    [{ photos: [{ file: "a.jpg" }] }, "entry 1 (a.jpg): noses: must be a list of [x, y]"],
    [{ photos: ["a.jpg"] }, "entry 1: must be {file, noses}"],
  ])("%j", (value, message) => {
    expect(() => parseLabels(typeof value === "string" ? value : JSON.stringify(value))).toThrow(message);
  });
});
