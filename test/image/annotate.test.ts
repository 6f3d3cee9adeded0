import sharp from "sharp";
import { annotatePicture } from "../../src/image/annotate.js";

const GREY = { r: 128, g: 128, b: 128 };
const points = { nose: [100, 100] as [number, number] };

/** Red, green and blue of one pixel. */
async function pixelAt(picture: Buffer, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
  return [...data.subarray((y * info.width + x) * info.channels, (y * info.width + x) * info.channels + 3)];
}
const isGreen = ([red, green, blue]: number[]) => green > 180 && red < 160 && blue < 180;

it("boxes and points are drawn into a copy, where they are in the upright picture", async () => {
  const stored = await sharp({ create: { width: 300, height: 200, channels: 3, background: GREY } }).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const copy = await annotatePicture(stored, [{ box: { x: 50, y: 150, width: 100, height: 120 }, points }], 1e6);
  expect(await sharp(copy).metadata()).toMatchObject({ format: "jpeg", width: 200, height: 300 });
  expect(isGreen(await pixelAt(copy, 100, 152))).toBe(true);
  expect(isGreen(await pixelAt(copy, 100, 100))).toBe(true);
  expect(await pixelAt(copy, 100, 200)).toEqual([128, 128, 128]);
});

it("a large picture is shrunk, its boxes with it, and what lies outside is clipped", async () => {
  const large = await sharp({ create: { width: 4096, height: 1000, channels: 3, background: GREY } }).png().toBuffer();
  const copy = await annotatePicture(large, [{ box: { x: -10, y: 200, width: 5000, height: 400 }, points: {} }], 1e8);
  expect(await sharp(copy).metadata()).toMatchObject({ width: 2048, height: 500 });
  expect(isGreen(await pixelAt(copy, 1000, 104))).toBe(true);
});
