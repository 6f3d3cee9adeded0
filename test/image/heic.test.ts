import sharp, { type Sharp } from "sharp";
import { TooManyPixels, Undecodable, UnsupportedFormat } from "../../src/errors.js";
import { decodePicture } from "../../src/image/decode.js";
import type { Raster } from "../../src/image/picture.js";
import { heic, type HeicOptions } from "../kit/heic.js";

const LIMITS = { maxPixels: 1_000_000, workingSize: 2048 };
const decode = (bytes: Uint8Array, limits = {}) => decodePicture(bytes, { ...LIMITS, ...limits });

/** Not a multiple of the tiles: its quarters red, green (above), blue, white (below) tell every turn and mirroring apart. */
const [WIDTH, HEIGHT, TILE] = [200, 120, 64];
const QUARTERS = { red: [230, 20, 20], green: [20, 200, 20], blue: [20, 20, 220], white: [250, 250, 250] };
type Colour = keyof typeof QUARTERS;

function quarters(): Sharp {
  const corner = (name: Colour, left: number, top: number) => {
    const [r, g, b] = QUARTERS[name];
    return { input: { create: { width: WIDTH / 2, height: HEIGHT / 2, channels: 3 as const, background: { r, g, b } } }, left, top };
  };
  const parts = [corner("red", 0, 0), corner("green", WIDTH / 2, 0), corner("blue", 0, HEIGHT / 2), corner("white", WIDTH / 2, HEIGHT / 2)];
  return plain(WIDTH, HEIGHT, "#000").composite(parts);
}

const plain = (width: number, height: number, background: string) => sharp({ create: { width, height, channels: 3, background } });
const lossless = async (image: Sharp) => sharp(await image.png().toBuffer());

function pixel({ data, width, height }: Raster, across: number, down: number): number[] {
  const at = (Math.floor(down * height) * width + Math.floor(across * width)) * 3;
  return [...data.subarray(at, at + 3)];
}

const expectNear = (seen: number[], wanted: number[], within = 6) => expect(Math.max(...seen.map((value, i) => Math.abs(value - wanted[i])))).toBeLessThanOrEqual(within);

/** The colours at the middles of the quarters, as in QUARTERS. */
function expectUpright(raster: Raster): void {
  for (const [i, name] of (["red", "green", "blue", "white"] as const).entries()) {
    expectNear(pixel(raster, i % 2 ? 0.75 : 0.25, i < 2 ? 0.25 : 0.75), QUARTERS[name], 12);
  }
}

describe("a HEIC picture is shown as its file says", () => {
  /** How to store a picture so that `turns` quarters anticlockwise, then the mirroring, show it upright. */
  const stored = async (turns: number, mirror?: 0 | 1) => {
    const unmirrored = mirror === undefined ? quarters() : mirror === 0 ? (await lossless(quarters())).flip() : (await lossless(quarters())).flop();
    return lossless((await lossless(unmirrored)).rotate(90 * turns));
  };
  const cases = [0, 1, 2, 3].flatMap((turns) => [undefined, 0, 1].flatMap((mirror) => [undefined, TILE].map((tile) => ({ turns, mirror: mirror as 0 | 1 | undefined, tile }))));

  it.each(cases)("turned $turns times, mirrored $mirror, tiles $tile", async ({ turns, mirror, tile }) => {
    const { info, working, scale } = await decode(await heic(await stored(turns, mirror), { turns, mirror, tile }));
    expect(info).toEqual({ format: "heic", width: WIDTH, height: HEIGHT, orientation: 1 });
    expect(working).toMatchObject({ width: WIDTH, height: HEIGHT });
    expect(working.data).toHaveLength(WIDTH * HEIGHT * 3);
    expectUpright(working);
    expect(scale).toBe(1);
  });

  it("cropped, then turned", async () => {
    const crop = { width: 100, height: 60 };
    const { info, working } = await decode(await heic(await stored(1), { turns: 1, tile: TILE, crop: { width: 60, height: 100 } }));
    expect(info).toMatchObject(crop);
    expectUpright(working);
  });

  it("and not turned once more by its EXIF", async () => {
    const photo = await stored(3);
    const { info, working } = await decode(await heic(photo, { turns: 3, tile: TILE, exif: await exif({ orientation: 6 }) }));
    expect(info).toEqual({ format: "heic", width: WIDTH, height: HEIGHT, orientation: 1, takenAt: "2024-05-01T10:20:30+08:00" });
    expectUpright(working);
  });

  it("whatever other picture comes first in the file", async () => {
    const { info, working } = await decode(await heic(quarters(), { before: plain(64, 64, "#333") }));
    expect(info).toMatchObject({ width: WIDTH, height: HEIGHT });
    expectUpright(working);
  });
});

/** The TIFF structure of an EXIF segment, as a phone writes it. */
async function exif({ orientation }: { orientation: number }): Promise<Buffer> {
  const said = { IFD2: { DateTimeOriginal: "2024:05:01 10:20:30", OffsetTimeOriginal: "+08:00" } };
  const photo = await plain(8, 8, "#777").withExif(said).withMetadata({ orientation }).withExifMerge(said).jpeg().toBuffer();
  const { exif } = await sharp(photo).metadata();
  if (!exif) throw new Error("sharp wrote no EXIF");
  return exif.subarray(6);
}

describe("the working picture", () => {
  it.each([undefined, 128])("of a large one is shrunk, upright, with its scale (tiles %s)", async (tile) => {
    const large = (await lossless((await lossless(quarters())).resize(640, 384, { kernel: "nearest" }))).rotate(90);
    const { info, working, scale } = await decode(await heic(large, { turns: 1, tile }), { workingSize: 100 });
    expect(info).toMatchObject({ width: 640, height: 384, orientation: 1 });
    expect(working).toMatchObject({ width: 100, height: 60 });
    expect(scale).toBe(6.4);
    expectUpright(working);
  });

  it("is the same as of any other format", async () => {
    const gradient = Buffer.from(Array.from({ length: 600 * 400 * 3 }, (_, i) => [(i / 3) % 600 / 3, Math.floor(i / 1800) / 2, 90][i % 3]));
    const picture = () => sharp(gradient, { raw: { width: 600, height: 400, channels: 3 } });
    const [fromHeic, fromPng] = await Promise.all([heic(picture(), { tile: 128 }), picture().png().toBuffer()].map(async (bytes) => (await decode(await bytes, { workingSize: 90 })).working));
    for (const across of [0.05, 0.3, 0.7, 0.95]) for (const down of [0.05, 0.5, 0.95]) expectNear(pixel(fromHeic, across, down), pixel(fromPng, across, down));
  });
});

describe("colours", () => {
  const colour = { r: 200, g: 90, b: 60 };
  const picture = () => sharp({ create: { width: 64, height: 64, channels: 3, background: colour } });

  it("come from Display P3, by profile or by number, to sRGB", async () => {
    const { icc } = await sharp(await picture().withIccProfile("p3").png().toBuffer()).metadata();
    const asPng = await sharp(await picture().png().toBuffer()).withIccProfile("p3").png().toBuffer(); // converts: the same colour, stored as P3
    const stored = await sharp(asPng, { ignoreIcc: true }).removeAlpha().raw().toBuffer();
    const inP3 = () => sharp(stored, { raw: { width: 64, height: 64, channels: 3 } });
    expect(Math.abs(stored[0] - colour.r)).toBeGreaterThan(8);
    for (const options of [{ icc }, { primaries: 12 }]) {
      const { working } = await decode(await heic(inP3(), options));
      expectNear(pixel(working, 0.5, 0.5), [colour.r, colour.g, colour.b]);
    }
  });

  it("stay as they are without a profile, and with one that does not fit", async () => {
    const { icc } = await sharp(await picture().withIccProfile("p3").png().toBuffer()).metadata();
    const grey = Buffer.from(icc ?? []);
    grey.write("GRAY", 16, "latin1");
    for (const options of [{}, { primaries: 1 }, { icc: Buffer.from("no profile at all") }, { icc: grey }]) {
      const { working } = await decode(await heic(picture(), options));
      expectNear(pixel(working, 0.5, 0.5), [colour.r, colour.g, colour.b]);
    }
  });

  it.each([[false, [255, 255, 255], [228, 173, 158]], [true, [255, 255, 255], [255, 218, 188]]])("lie over white where they are transparent (premultiplied: %s)", async (premultiplied, left, right) => {
    // The left half is transparent, the right half about half so; premultiplied colours would be black on the left.
    const alpha = plain(64, 64, "#000").composite([{ input: { create: { width: 32, height: 64, channels: 3, background: "#808080" } }, left: 32, top: 0 }]);
    const image = premultiplied ? sharp({ create: { width: 64, height: 64, channels: 3, background: "#000" } }).composite([{ input: { create: { width: 32, height: 64, channels: 3, background: colour } }, left: 32, top: 0 }]) : picture();
    const { working } = await decode(await heic(image, { alpha, premultiplied }));
    expectNear(pixel(working, 0.2, 0.5), left);
    expectNear(pixel(working, 0.8, 0.5), right, 8);
  });
});

describe("a HEIC picture of too many pixels is refused", () => {
  it.each([undefined, TILE])("before it is decoded (tiles %s)", async (tile) => {
    const bytes = await heic(quarters(), { tile });
    await expect(decode(bytes, { maxPixels: WIDTH * HEIGHT })).resolves.toBeDefined();
    const refused = decode(bytes, { maxPixels: WIDTH * HEIGHT - 1 });
    await expect(refused).rejects.toThrow(TooManyPixels);
    await expect(refused).rejects.toThrow("200 x 120 are 24000 pixels; the limit is 23999");
  });

  it("by what it claims, though there are no such pixels", async () => {
    for (const side of [2 ** 20, 2 ** 31 - 1]) await expect(decode(await heic(quarters(), { claim: { width: side, height: side } }))).rejects.toThrow(TooManyPixels);
  });

  it("by what is coded, though only a part is shown", async () => {
    const cropped = await heic(quarters(), { tile: TILE, crop: { width: 10, height: 10 } });
    await expect(decode(cropped, { maxPixels: 1000 })).rejects.toThrow(TooManyPixels);
  });
});

describe("what cannot be decoded is told apart", () => {
  const noise = () => sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: "#777", noise: { type: "gaussian", mean: 128, sigma: 20 } } });
  const kinds: HeicOptions[] = [{}, { tile: TILE }];

  it.each(kinds)("a file that is cut short is damaged: %j", async (options) => {
    const whole = await heic(noise(), options);
    for (const share of [0.01, 0.03, 0.1, 0.5, 0.8, 0.99]) await expect(decode(whole.subarray(0, Math.max(32, Math.floor(whole.length * share))))).rejects.toThrow(Undecodable);
  });

  it("one whose pixels are lost from somewhere on is damaged, not a half-empty picture", async () => {
    const whole = await heic(sharp(await noise().png().toBuffer()).resize(640, 480));
    for (const byte of [0x00, 0xff]) {
      const damaged = Buffer.from(whole);
      damaged.fill(byte, Math.floor(whole.length * 0.4), Math.floor(whole.length * 0.45));
      await expect(decode(damaged)).rejects.toThrow(Undecodable);
    }
  });

  it("pixels that are lost in a tile are found, however the tile before looked", async () => {
    const whole = await heic(sharp(await noise().png().toBuffer()).resize(1024, 512), { tile: 512 });
    for (const share of [0.25, 0.75]) {
      const damaged = Buffer.from(whole);
      damaged.fill(0xff, Math.floor(whole.length * share), Math.floor(whole.length * (share + 0.02)));
      await expect(decode(damaged)).rejects.toThrow(Undecodable);
    }
  });

  /** What lost pixels would look like, in every matrix and range; and other greens. */
  const greens = ["8700", "8800", "5300", "5400", "4c00", "4d00", "5e00", "5f00", "5800", "5900", "8000", "ff00"];
  it.each(greens.map((green) => `#00${green}`))("a drawing in plain %s is no such loss", async (green) => {
    const area = { input: { create: { width: 48, height: 48, channels: 3 as const, background: green } }, left: 8, top: 8 };
    const drawing = () => plain(64, 64, "#333").composite([area]);
    const wanted = [1, 3, 5].map((at) => parseInt(green.slice(at, at + 2), 16));
    for (const options of [{}, { tile: 32 }, { alpha: plain(64, 64, "#fff") }]) {
      const { working } = await decode(await heic(drawing(), options));
      expectNear(pixel(working, 0.5, 0.5), wanted);
    }
  });

  it("damaged EXIF costs nothing but what it says", async () => {
    for (const damaged of [Buffer.alloc(0), Buffer.alloc(40, 0xff)]) {
      const { info, working } = await decode(await heic(quarters(), { exif: damaged }));
      expect(info).toEqual({ format: "heic", width: WIDTH, height: HEIGHT, orientation: 1 });
      expectUpright(working);
    }
  });

  it.each([
    ["larger than it is", { width: 300, height: 300 }],
    ["of no size", { width: 0, height: 0 }],
  ])("one that claims to be %s is damaged", async (_, claim) => {
    for (const options of kinds) await expect(decode(await heic(quarters(), { ...options, claim }))).rejects.toThrow(Undecodable);
  });

  it("bytes changed at random never do worse than fail", async () => {
    const whole = await heic(quarters(), { tile: TILE, exif: await exif({ orientation: 1 }), turns: 1 });
    let seed = 1;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 60; round++) {
      const damaged = Buffer.from(whole);
      for (let i = 0; i < 4; i++) damaged[32 + random(Math.min(1500, whole.length - 32))] = random(256);
      await decode(damaged).catch((error: unknown) => {
        expect([Undecodable, UnsupportedFormat, TooManyPixels].some((type) => error instanceof type)).toBe(true);
        expect((error as Error).message).toMatch(/^[^\n]{3,300}$/);
      });
    }
  });

  it.each(["avc1", "jpeg", "vvc1", "av01", "j2k1"])("pictures coded as %s are not decoded, and the message says so", async (type) => {
    for (const options of kinds) {
      const bytes = await heic(quarters(), { ...options, type, brands: ["mif1", "mif1"] });
      await expect(decode(bytes)).rejects.toThrow(UnsupportedFormat);
      await expect(decode(bytes)).rejects.toThrow(`HEIF pictures coded as ${type} are not decoded`);
    }
  });
});
