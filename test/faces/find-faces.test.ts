import sharp, { type OverlayOptions } from "sharp";
import { overlap, type Box, type Detection } from "../../src/faces/geometry.js";
import { centerface } from "../../src/faces/onnx/centerface.js";
import { findFaces } from "../../src/faces/onnx/find-faces.js";
import type { Detector } from "../../src/faces/onnx/look.js";
import { openModel, type Model } from "../../src/faces/onnx/session.js";
import { modelPath } from "../../src/models/manifest.js";
import type { Raster } from "../../src/image/picture.js";
import { decode, FACES_IN_SAMPLE, sample } from "./samples.js";

const SIZE = 512;
const numbers = Object.keys(FACES_IN_SAMPLE).map(Number);

/** What a detector has looked at: each call's pixels, with the sides that it sees (multiples of 32). */
function watched(detector: Detector): { detector: Detector; looks: number[] } {
  const looks: number[] = [];
  const padded = (side: number) => Math.ceil(side / 32) * 32;
  return {
    looks,
    detector(raster, minScore) {
      looks.push(padded(raster.width) * padded(raster.height));
      return detector(raster, minScore);
    },
  };
}

const cost = (looks: number[]) => looks.reduce((a, b) => a + b, 0) / looks[0];
const blank = (width: number, height: number): Raster => ({ data: new Uint8Array(width * height * 3).fill(90), width, height });

describe("with CenterFace", () => {
  let model: Model;
  let detector: Detector;
  const pictures: Record<number, Raster> = {};
  const faces: Record<number, Detection[]> = {};
  beforeAll(async () => {
    model = await openModel(modelPath("centerface"));
    detector = centerface(model);
    for (const number of numbers) {
      pictures[number] = (await decode(sample(number))).working;
      faces[number] = await findFaces(detector, pictures[number], SIZE, 0.5);
    }
  });
  afterAll(() => model.close());

  /** The sample photos, shrunk until their middle face is so many pixels high, in rows on a grey picture of 2000 px. */
  async function mosaic(side: number, tiles: number): Promise<{ picture: Raster; boxes: Box[] }> {
    const overlays: OverlayOptions[] = [];
    const boxes: Box[] = [];
    let left = 310;
    let top = 205;
    let row = 0;
    for (let i = 0; i < tiles; i++) {
      const number = numbers[i % numbers.length];
      const heights = faces[number].map(({ box }) => box.height).sort((a, b) => a - b);
      const factor = side / heights[heights.length >> 1];
      const width = Math.round(pictures[number].width * factor);
      const height = Math.round(pictures[number].height * factor);
      if (left + width > 800) [left, top, row] = [310, top + row, 0];
      overlays.push({ input: await sharp(sample(number)).resize(width, height, { fit: "fill" }).png().toBuffer(), left, top });
      for (const { box } of faces[number]) {
        boxes.push({ x: left + box.x * factor, y: top + box.y * factor, width: box.width * factor, height: box.height * factor });
      }
      left += width;
      row = Math.max(row, height);
    }
    const canvas = sharp({ create: { width: 2000, height: 1333, channels: 3, background: "#777" } }).composite(overlays);
    return { picture: (await decode(new Uint8Array(await canvas.jpeg({ quality: 90 }).toBuffer()))).working, boxes };
  }

  it.each([
    { side: 12, tiles: 18, recall: 0.6 },
    { side: 20, tiles: 12, recall: 0.9 },
  ])("finds faces of $side px in a picture of 2000 px, with boxes that fit", async ({ side, tiles, recall }) => {
    const { picture, boxes } = await mosaic(side, tiles);
    const found = await findFaces(detector, picture, SIZE, 0.5);
    const fits = boxes.map((box) => Math.max(0, ...found.map((face) => overlap(face.box, box))));
    const hits = fits.filter((fit) => fit >= 0.5);
    expect(hits.length / boxes.length).toBeGreaterThanOrEqual(recall);
    expect(hits.reduce((a, b) => a + b) / hits.length).toBeGreaterThan(0.75);
    const strays = found.filter((face) => !boxes.some((box) => overlap(face.box, box) >= 0.3));
    expect(strays.length).toBeLessThanOrEqual(0.02 * boxes.length);
    for (const [i, face] of found.entries()) {
      for (const other of found.slice(0, i)) expect(overlap(face.box, other.box)).toBeLessThan(0.3);
    }
  });

  it.each([
    { cut: "fills", from: [0, 0, 1, 1] },
    { cut: "is larger than", from: [0.12, 0.12, 0.88, 0.88] },
    { cut: "is cut at the forehead by", from: [0, 0.25, 1, 1.1] },
    { cut: "is cut at the chin by", from: [0, -0.1, 1, 0.75] },
    { cut: "is cut at the side by", from: [-0.1, -0.1, 0.65, 1.1] },
  ])("finds a face that $cut the frame, small picture or large", async ({ from: [l, t, r, b] }) => {
    for (const longer of [250, 1400]) {
      for (const number of [3, 4, 5]) {
        const { width, height } = pictures[number];
        const { box } = faces[number].reduce((a, b) => (a.box.height > b.box.height ? a : b));
        const left = Math.round(Math.max(0, box.x + l * box.width));
        const top = Math.round(Math.max(0, box.y + t * box.height));
        const right = Math.round(Math.min(width, box.x + r * box.width));
        const bottom = Math.round(Math.min(height, box.y + b * box.height));
        const crop = sharp(sample(number)).extract({ left, top, width: right - left, height: bottom - top }).resize(longer, longer, { fit: "inside" });
        const found = await findFaces(detector, (await decode(new Uint8Array(await crop.png().toBuffer()))).working, SIZE, 0.5);
        expect([number, longer, found.length]).toEqual([number, longer, 1]);
      }
    }
  });

  it.each([
    { number: 5, side: 400, at: [863, 500] },
    { number: 3, side: 300, at: [890, 550] },
  ])("a large face of sample photo $number in a crowd keeps its box, though quarters cut it", async ({ number, side, at: [left, top] }) => {
    const crowd = await sharp(sample(1)).resize(260).toBuffer();
    const { box } = faces[number].reduce((a, b) => (a.box.height > b.box.height ? a : b));
    const [x, y, width, height] = [box.x - 0.2 * box.width, box.y - 0.2 * box.height, 1.4 * box.width, 1.4 * box.height].map(Math.round);
    const factor = side / box.height;
    const large = await sharp(sample(number)).extract({ left: x, top: y, width, height }).resize(Math.round(width * factor), Math.round(height * factor), { fit: "fill" }).toBuffer();
    const canvas = sharp({ create: { width: 2000, height: 1400, channels: 3, background: "#777" } }).composite([
      { input: crowd, tile: true, left: 0, top: 0 },
      { input: large, left: Math.round(left - 0.2 * box.width * factor), top: Math.round(top - 0.2 * box.height * factor) },
    ]);
    const picture = (await decode(new Uint8Array(await canvas.png().toBuffer()))).working;
    const found = await findFaces(detector, picture, SIZE, 0.5);
    const wanted = { x: left, y: top, width: box.width * factor, height: side };
    expect(found.length).toBeGreaterThan(50);
    expect(Math.max(...found.map((face) => overlap(face.box, wanted)))).toBeGreaterThan(0.75);
    expect(found.filter((face) => overlap(face.box, wanted) > 0.1)).toHaveLength(1);
  });

  it.each([
    { side: 16, among: "nothing else" },
    { side: 24, among: "nothing else" },
    { side: 16, among: "three larger ones" },
  ])("finds single faces of $side px on plain grey, among $among", async ({ side, among }) => {
    const { box } = faces[5][0];
    const around = { left: Math.round(box.x - 0.3 * box.width), top: Math.round(box.y - 0.3 * box.height), width: Math.round(1.6 * box.width), height: Math.round(1.6 * box.height) };
    const cut = (height: number) => sharp(sample(5)).extract(around).resize({ height: Math.round(1.6 * height) }).toBuffer();
    const places = Array.from({ length: 40 }, (_, i) => ({ left: 60 + (i % 8) * 240, top: 500 + Math.floor(i / 8) * 160 }));
    const large = among === "nothing else" ? [] : await Promise.all([200, 900, 1500].map(async (left) => ({ input: await cut(100), left, top: 150 })));
    const small = await cut(side);
    const canvas = sharp({ create: { width: 2000, height: 1333, channels: 3, background: "#777" } }).composite([...places.map((place) => ({ input: small, ...place })), ...large]);
    const found = await findFaces(detector, (await decode(new Uint8Array(await canvas.png().toBuffer()))).working, SIZE, 0.5);
    const hits = places.filter(({ left, top }) => found.some(({ box }) => box.x > left - side && box.x < left + side && box.y > top - side && box.y < top + side));
    expect(hits.length).toBeGreaterThanOrEqual(0.9 * places.length);
    expect(found.length).toBeLessThanOrEqual(hits.length + large.length);
  });

  it.each([
    { width: 512, height: 384, most: 1.2 }, // a flat grey may make it glance for a face that fills the frame
    { width: 1600, height: 1200, most: 6.5 }, // has more pixels: its quarters are looked at, too
  ])("looks at $width x $height pixels of nothing at $most times the cost of one look at most", async ({ width, height, most }) => {
    const { detector: counted, looks } = watched(detector);
    expect(await findFaces(counted, blank(width, height), SIZE, 0.5)).toEqual([]);
    expect(cost(looks)).toBeLessThan(most);
  });

  it("costs little more than one look at a photo of a few large faces", async () => {
    const costs: number[] = [];
    for (const number of numbers) {
      const { detector: counted, looks } = watched(detector);
      await findFaces(counted, pictures[number], SIZE, 0.5);
      costs.push(cost(looks));
    }
    expect(costs.reduce((a, b) => a + b) / costs.length).toBeLessThan(1.2);
  });
});

describe("whatever the detector", () => {
  const face = (x: number, y: number, side: number, score: number): Detection => {
    const at = (across: number, down: number): [number, number] => [x + across * side, y + down * side];
    const points = { leftEye: at(0.3, 0.4), rightEye: at(0.7, 0.4), nose: at(0.45, 0.6), mouthLeft: at(0.3, 0.8), mouthRight: at(0.65, 0.8) };
    return { box: { x, y, width: side, height: side }, score, points };
  };
  /** Says these on its looks, in this order, then nothing. */
  const saying = (...answers: Detection[][]) => watched(() => Promise.resolve(answers.shift() ?? []));

  it("a doubtful face that a second look does not see is none", async () => {
    const { detector, looks } = saying([face(100, 100, 48, 0.62)]);
    expect(await findFaces(detector, blank(512, 512), SIZE, 0.5)).toEqual([]);
    expect(looks).toHaveLength(2);
  });

  it("a doubtful face has the geometric mean of the scores of two looks, and the box of the better one in pixels of the picture", async () => {
    const { detector } = saying([face(100, 100, 56, 0.4)], [face(53, 51, 54, 0.9)]);
    const [{ box, score, points }, ...others] = await findFaces(detector, blank(512, 512), SIZE, 0.5);
    expect(others).toEqual([]);
    expect(score).toBeCloseTo(0.6);
    // The square of 160 px about (128, 128) begins at 48, 48, and is seen in the mirror.
    expect(box).toEqual({ x: 48 + 160 - 53 - 54, y: 48 + 51, width: 54, height: 54 });
    const x = (seen: number) => 48 + 160 - (53 + seen * 54);
    expect(points.nose[0]).toBeCloseTo(x(0.45));
    expect(points.leftEye[0]).toBeCloseTo(x(0.7)); // what was right
    expect(points.rightEye[0]).toBeCloseTo(x(0.3));
    expect(points.mouthLeft[0]).toBeCloseTo(x(0.65));
    expect(points.mouthRight[0]).toBeCloseTo(x(0.3));
  });

  it("a sure face is looked at once", async () => {
    const { detector, looks } = saying([face(100, 100, 48, 0.9)]);
    expect(await findFaces(detector, blank(512, 512), SIZE, 0.5)).toHaveLength(1);
    expect(looks).toHaveLength(1);
  });

  it("hints of small faces that are none cost two small looks, not the quarters", async () => {
    const hints = Array.from({ length: 30 }, (_, i) => face(15 * i, 10 * i, 9, 0.2 - i / 1000));
    const { detector, looks } = saying([face(300, 40, 60, 0.9), ...hints]);
    expect(await findFaces(detector, blank(2000, 2000), SIZE, 0.5)).toHaveLength(1);
    expect(looks).toHaveLength(3);
    expect(cost(looks)).toBeLessThan(1.2);
  });

  it("hints that turn out to be faces lead to a look at their quarter only", async () => {
    const probe = [face(36, 36, 24, 0.8)];
    const { detector, looks } = saying([face(300, 40, 60, 0.9), face(20, 20, 8, 0.2), face(120, 90, 8, 0.1)], probe, probe, [face(40, 40, 24, 0.9)]);
    const found = await findFaces(detector, blank(2000, 2000), SIZE, 0.5);
    expect(looks).toHaveLength(4);
    expect(found).toHaveLength(2);
    expect(found[0].box.width + found[1].box.width).toBeCloseTo((60 * 2000) / 512 + (24 * 1000) / 512, 0);
  });

  it("a doubtful face within a sure one is a part of it", async () => {
    const { detector } = saying([face(100, 100, 200, 0.9), face(150, 150, 40, 0.65)]);
    expect(await findFaces(detector, blank(512, 512), SIZE, 0.5)).toHaveLength(1);
  });

  it("small pictures are enlarged twice at first and three times at most", async () => {
    const sides: number[] = [];
    const detector: Detector = ({ width }) => {
      sides.push(width);
      return Promise.resolve([face(10, 10, 9, 0.6)]);
    };
    await findFaces(detector, blank(100, 60), SIZE, 0.5);
    expect(sides[0]).toBe(200);
    expect(Math.max(...sides)).toBeLessThanOrEqual(300);
  });
});
