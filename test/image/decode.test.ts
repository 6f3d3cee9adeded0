import sharp, { type Sharp } from "sharp";
import { TooManyPixels, Undecodable, UnsupportedFormat } from "../../src/errors.js";
import { decodePicture } from "../../src/image/decode.js";
import type { Raster } from "../../src/image/picture.js";

const LIMITS = { maxPixels: 1_000_000, workingSize: 2048 };
const decode = (bytes: Uint8Array, limits = {}) => decodePicture(bytes, { ...LIMITS, ...limits });

/** 64x48, its quarters red, green (above), blue, white (below): tells every turn and mirroring apart. */
const WIDTH = 64;
const HEIGHT = 48;
const QUARTERS = { red: [230, 20, 20], green: [20, 200, 20], blue: [20, 20, 220], white: [250, 250, 250] };
type Colour = keyof typeof QUARTERS;
function quarters(): Sharp {
  const data = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const colour: Colour = y < HEIGHT / 2 ? (x < WIDTH / 2 ? "red" : "green") : x < WIDTH / 2 ? "blue" : "white";
      data.set(QUARTERS[colour], (y * WIDTH + x) * 3);
    }
  }
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

async function lossless(image: Sharp): Promise<Sharp> {
  return sharp(await image.png().toBuffer());
}

function pixel({ data, width, height }: Raster, across: number, down: number): number[] {
  const at = (Math.floor(down * height) * width + Math.floor(across * width)) * 3;
  return [...data.subarray(at, at + 3)];
}

/** The colours at the middles of the quarters: upper left, upper right, lower left, lower right. */
function colours(raster: Raster): Colour[] {
  return [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]].map(([across, down]) => {
    const seen = pixel(raster, across, down);
    const distance = (name: Colour) => Math.hypot(...QUARTERS[name].map((value, i) => value - seen[i]));
    return (Object.keys(QUARTERS) as Colour[]).reduce((a, b) => (distance(a) < distance(b) ? a : b));
  });
}

const AS_IT_IS: Colour[] = ["red", "green", "blue", "white"];

describe("a picture is decoded to 8-bit sRGB from", () => {
  const cases: [string, string, Promise<Buffer>][] = [
    ["jpeg", "JPEG", quarters().jpeg().toBuffer()],
    ["jpeg", "progressive JPEG", quarters().jpeg({ progressive: true }).toBuffer()],
    ["jpeg", "CMYK JPEG", quarters().toColourspace("cmyk").jpeg().toBuffer()],
    ["jpeg", "JPEG with another colour profile", quarters().withIccProfile("p3").jpeg().toBuffer()],
    ["jpeg", "JPEG with an sRGB profile", quarters().withIccProfile("srgb").jpeg().toBuffer()],
    ["png", "PNG", quarters().png().toBuffer()],
    ["png", "interlaced PNG with a palette", quarters().png({ palette: true, progressive: true }).toBuffer()],
    ["png", "16-bit PNG", quarters().toColourspace("rgb16").png().toBuffer()],
    ["webp", "WebP", quarters().webp().toBuffer()],
    ["avif", "AVIF", quarters().avif({ effort: 0 }).toBuffer()],
    ["gif", "GIF", quarters().gif().toBuffer()],
    ["tiff", "TIFF", quarters().tiff().toBuffer()],
    ["tiff", "tiled TIFF with a pyramid", quarters().tiff({ tile: true, pyramid: true }).toBuffer()],
  ];
  it.each(cases)("%s: %s", async (format, _, bytes) => {
    const { info, working, scale } = await decode(await bytes);
    expect(info).toEqual({ format, width: WIDTH, height: HEIGHT, orientation: 1 });
    expect(working).toMatchObject({ width: WIDTH, height: HEIGHT });
    expect(working.data).toHaveLength(WIDTH * HEIGHT * 3);
    expect(colours(working)).toEqual(AS_IT_IS);
    expect(scale).toBe(1);
  });

  it("grey: three equal channels", async () => {
    const { working } = await decode(await quarters().greyscale().png().toBuffer());
    expect(working.data).toHaveLength(WIDTH * HEIGHT * 3);
    const [red, green, blue] = pixel(working, 0.25, 0.25);
    expect([green, blue]).toEqual([red, red]);
  });

  it("transparent: over white", async () => {
    const glass = { create: { width: 8, height: 8, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0 } } } as const;
    for (const format of ["png", "webp", "gif"] as const) {
      const { working } = await decode(await sharp(glass).toFormat(format).toBuffer());
      expect(pixel(working, 0.5, 0.5)).toEqual([255, 255, 255]);
    }
  });

  it.each(["gif", "webp"] as const)("animated %s: its first frame", async (format) => {
    const frames = await Promise.all([quarters(), quarters().negate()].map((frame) => frame.png().toBuffer()));
    const animation = await sharp(frames, { join: { animated: true } }).toFormat(format).toBuffer();
    expect((await sharp(animation).metadata()).pages).toBe(2);
    const { info, working } = await decode(animation);
    expect(info).toMatchObject({ width: WIDTH, height: HEIGHT });
    expect(colours(working)).toEqual(AS_IT_IS);
  });
});

describe("EXIF", () => {
  // What is stored is turned and mirrored so that the upright picture is always the same.
  const stored: Record<number, (upright: Sharp) => Sharp> = {
    1: (upright) => upright,
    2: (upright) => upright.flop(),
    3: (upright) => upright.rotate(180),
    4: (upright) => upright.flip(),
    5: (upright) => upright.flip().rotate(90), // sharp flips before it rotates
    6: (upright) => upright.rotate(270),
    7: (upright) => upright.flip().rotate(270),
    8: (upright) => upright.rotate(90),
  };
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("orientation %i is applied", async (orientation) => {
    const turned = await lossless(stored[orientation](quarters()));
    for (const format of ["jpeg", "webp", "png"] as const) {
      const { info, working } = await decode(await turned.clone().withMetadata({ orientation }).toFormat(format).toBuffer());
      expect(info).toEqual({ format, width: WIDTH, height: HEIGHT, orientation });
      expect(colours(working)).toEqual(AS_IT_IS);
    }
  });

  it("says when the photo was taken", async () => {
    const exif = { IFD2: { DateTimeOriginal: "2024:05:01 10:20:30", OffsetTimeOriginal: "+08:00" } };
    const { info } = await decode(await quarters().withExif(exif).jpeg().toBuffer());
    expect(info.takenAt).toBe("2024-05-01T10:20:30+08:00");
  });

  it("that is damaged costs nothing but what it says", async () => {
    const photo = await quarters().withExif({ IFD2: { DateTimeOriginal: "2024:05:01 10:20:30" } }).jpeg().toBuffer();
    const name = photo.indexOf("Exif\0\0");
    photo.fill(0xff, name + 6, name + 60);
    const { info, working } = await decode(photo);
    expect(info.takenAt).toBeUndefined();
    expect(colours(working)).toEqual(AS_IT_IS);
  });
});

describe("the working picture", () => {
  it.each(["jpeg", "png", "webp"] as const)("of a large %s is shrunk, upright, with its scale", async (format) => {
    const upright = await lossless(quarters().resize(640, 480));
    const large = await upright.rotate(90).withMetadata({ orientation: 8 }).toFormat(format).toBuffer();
    const { info, working, scale } = await decode(large, { workingSize: 100 });
    expect(info).toMatchObject({ width: 640, height: 480, orientation: 8 });
    expect(working).toMatchObject({ width: 100, height: 75 });
    expect(scale).toBe(6.4);
    expect(colours(working)).toEqual(AS_IT_IS);
  });
});

/** A PNG's signature and header: a claim of size with nothing behind it. */
function pngOf(width: number, height: number): Buffer {
  const bytes = Buffer.from("89504e470d0a1a0a0000000d494844520000000000000000080200000000000000", "hex");
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

describe("a picture of too many pixels is refused before it is decoded", () => {
  it("and the message names its size and the limit", async () => {
    const bomb = await sharp({ create: { width: 2000, height: 1000, channels: 3, background: "#777" } }).png().toBuffer();
    await expect(decode(bomb)).rejects.toThrow(TooManyPixels);
    await expect(decode(bomb)).rejects.toThrow("2000 x 1000 are 2000000 pixels; the limit is 1000000");
    await expect(decode(bomb, { maxPixels: 2_000_000 })).resolves.toMatchObject({ info: { width: 2000, height: 1000 } });
  });

  it.each([["jpeg"], ["webp"], ["gif"], ["tiff"], ["avif"]] as const)("%s", async (format) => {
    const bytes = await quarters().toFormat(format).toBuffer();
    await expect(decode(bytes, { maxPixels: WIDTH * HEIGHT - 1 })).rejects.toThrow(TooManyPixels);
  });

  it("by its first frame alone where it is animated", async () => {
    const frames = await Promise.all([quarters(), quarters().negate()].map((frame) => frame.png().toBuffer()));
    const animation = await sharp(frames, { join: { animated: true } }).gif().toBuffer();
    await expect(decode(animation, { maxPixels: WIDTH * HEIGHT })).resolves.toBeDefined();
  });

  it("whatever it claims", async () => {
    for (const [width, height] of [[65535, 65535], [0x7fffffff, 0x7fffffff], [0, 0]]) {
      await expect(decode(pngOf(width, height))).rejects.toThrow(/.../);
      await decode(pngOf(width, height)).catch((error: unknown) => {
        expect([TooManyPixels, Undecodable].some((type) => error instanceof type)).toBe(true);
      });
    }
  });
});

describe("what cannot be decoded is told apart", () => {
  it.each(["jpeg", "png", "webp", "gif", "tiff", "avif"] as const)("a %s that is cut short is damaged", async (format) => {
    const noise = sharp({ create: { width: 200, height: 200, channels: 3, background: "#777", noise: { type: "gaussian", mean: 128, sigma: 60 } } });
    const whole = await noise.toFormat(format).toBuffer();
    for (const share of [0.1, 0.5, 0.8]) {
      await expect(decode(whole.subarray(0, Math.floor(whole.length * share)))).rejects.toThrow(Undecodable);
    }
  });

  it("a header alone is damaged, and the message is one line without paths", async () => {
    const error: unknown = await decode(Buffer.from("ffd8ffe000104a464946", "hex")).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Undecodable);
    expect((error as Error).message).toMatch(/^[^\n/]{3,200}$/);
  });

  it.each([
    // Nobody can tell all damage: Huffman codes fall into step again after some lost bytes.
    ["0xff", Buffer.alloc(300, 0xff)],
    ["restart markers", Buffer.from("ffd0ffd3ffd5".repeat(50), "hex")],
  ])("a JPEG with %s amidst its pixels is damaged, not a picture of nothing", async (_, garbage) => {
    const noise = sharp({ create: { width: 200, height: 200, channels: 3, background: "#777", noise: { type: "gaussian", mean: 128, sigma: 60 } } });
    const whole = await noise.jpeg().toBuffer();
    garbage.copy(whole, whole.length >> 1);
    await expect(decode(whole)).rejects.toThrow(Undecodable);
  });

  it("stray bytes between a JPEG's segments are no damage", async () => {
    const whole = await quarters().jpeg().toBuffer();
    const scan = whole.indexOf(Buffer.from([0xff, 0xda]));
    const odd = Buffer.concat([whole.subarray(0, scan), Buffer.alloc(9), whole.subarray(scan)]);
    expect(colours((await decode(odd)).working)).toEqual(AS_IT_IS);
  });

  it("a known format without a decoder, and what is no picture, are not supported", async () => {
    await expect(decode(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"))).rejects.toThrow(UnsupportedFormat);
    await expect(decode(Buffer.from("8BPS\0\x01 a layered picture"))).rejects.toThrow("psd pictures are not decoded");
    await expect(decode(Buffer.from("hello"))).rejects.toThrow("no image format");
    await expect(decode(Buffer.alloc(0))).rejects.toThrow(UnsupportedFormat);
  });

  it("libvips itself no longer opens formats that are not ours", async () => {
    await decode(await quarters().png().toBuffer());
    const drawing = sharp(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"));
    await expect(drawing.metadata()).rejects.toThrow("unsupported image format");
  });
});

describe("an sRGB profile", () => {
  it("changes no pixel: leaving it out of account is safe", async () => {
    const png = await quarters().resize(300).withIccProfile("srgb").png().toBuffer();
    const { working } = await decode(png);
    const converted = await sharp(png).removeAlpha().raw().toBuffer();
    expect(Buffer.compare(Buffer.from(working.data), converted)).toBe(0);
  });

  it("is told from others: Display P3 is converted", async () => {
    const p3 = await quarters().withIccProfile("p3").png().toBuffer();
    const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
    const { working } = await decode(p3);
    expect(Buffer.compare(Buffer.from(working.data), stored)).not.toBe(0);
  });
});
