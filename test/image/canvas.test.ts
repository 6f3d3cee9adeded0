import sharp from "sharp";
import { Canvas } from "../../src/image/canvas.js";

describe("a picture is shrunk to the means of its pixels", () => {
  const sizes = [
    [30720, 29, 2048],
    [29, 30720, 2048],
    [24576, 23, 2048],
    [16384, 1, 2048],
    [65535, 2, 1],
    [1030, 510, 34],
    [4111, 257, 16],
  ];

  it.each(sizes)("%s x %s in white stays white (enough: %s)", async (width, height, enough) => {
    const canvas = new Canvas({ width, height }, enough, 1);
    canvas.add({ data: Buffer.alloc(width * height * 3, 255), width, height, channels: 3, stride: width * 3 }, 0, 0);
    const { data, info } = await sharp(canvas.finish()).raw().toBuffer({ resolveWithObject: true });
    expect(Math.max(info.width, info.height)).toBeGreaterThanOrEqual(Math.min(enough, Math.max(width, height)));
    expect(info.width * info.height).toBeLessThan((width * height) / 6);
    expect(data.findIndex((sample) => sample !== 255)).toBe(-1);
  });
});
