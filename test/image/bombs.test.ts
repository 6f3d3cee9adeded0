import { Failure } from "../../src/errors.js";
import { decodePicture } from "../../src/image/decode.js";
import { gif, jpegOfProcess, jpegOfScans, jpegWith, overwrite, plain, pngChunk, pngOf, pngWith, segment, tiff, u32, webp, webpOfFrames, zeros } from "../kit/bombs.js";
import { heic } from "../kit/heic.js";

const LIMITS = { maxPixels: 150_000_000, workingSize: 2048, maxMemory: 2 ** 30 };
/** CPU time, for others use the machine, too: seconds. */
const LONGEST = 5;

/** What becomes of a picture: its size or the failure's code and words. */
async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    const { info } = await decodePicture(bytes, LIMITS);
    return `${info.width}x${info.height}`;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const text = (content: string) => Buffer.from(content, "latin1");
const link = "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1:9/x'/></svg>";
const MEGABYTE = 2 ** 20;
const TOO_MANY = /^undecodable: more than \d+ parts in the file are too many$/;

type Make = () => Buffer | Promise<Buffer>;
const CASES: Record<string, [string, Make, string | RegExp][]> = {
  "is no picture": [
    ["SVG that links", () => text(link), "unsupported-format: svg pictures are not decoded"],
    ["SVG behind a comment", () => text(`<!-- ${"x".repeat(500)} --><svg width="100000" height="100000"/>`), "unsupported-format: svg pictures are not decoded"],
    ["compressed SVG", () => Buffer.concat([Buffer.from("1f8b0800", "hex"), text(link)]), "unsupported-format: the bytes are of no image format"],
    ["a PDF with a JPEG in it", async () => Buffer.concat([text("%PDF-1.7\n1 0 obj<</Filter/DCTDecode>>stream\n"), await plain().jpeg().toBuffer()]), "unsupported-format: the bytes are of no image format"],
    ["MVG", () => text("push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://127.0.0.1/x.png)'\npop graphic-context"), "unsupported-format: the bytes are of no image format"],
    ["PostScript", () => text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9"), "unsupported-format: the bytes are of no image format"],
    ["a page with a JPEG at its end", async () => Buffer.concat([text("<html><script>1</script>"), await plain().jpeg().toBuffer()]), "unsupported-format: the bytes are of no image format"],
    ["CSV, which libvips would read", () => text("1,2,3\n4,5,6\n"), "unsupported-format: the bytes are of no image format"],
    ["an icon of 0x10000 pixels", () => Buffer.from("000001000100000000000100200028000000160000002800000000000100000002000100200000000000", "hex"), /^unsupported-format: /],
  ],
  "is a picture and something else": [
    ["JPEG and ZIP", async () => Buffer.concat([await plain().jpeg().toBuffer(), text("PK\x05\x06"), Buffer.alloc(18)]), "64x48"],
    ["JPEG with a page in its comment", () => jpegWith(segment(0xfe, text("<html><script>alert(1)</script><!--"))), "64x48"],
    ["GIF and JavaScript", () => Buffer.concat([text("GIF89a/*"), Buffer.alloc(20), text("*/=1;alert(1)")]), /^undecodable: /],
    ["PNG and an archive", async () => Buffer.concat([await plain().png().toBuffer(), text("PK\x03\x04"), Buffer.alloc(MEGABYTE)]), "64x48"],
  ],
  "is a JPEG that libjpeg does not decode": [
    ...[5, 6, 7, 11, 13, 14, 15].map((process): [string, Make, string] => [`of process ${process}`, () => jpegOfProcess(process, 64), `unsupported-format: JPEG pictures of process ${process} with 8 bits are not decoded`]),
    ["of 12 bits", () => jpegOfProcess(1, 64, { bits: 12 }), "unsupported-format: JPEG pictures of process 1 with 12 bits are not decoded"],
    ["of 255 bits, which is damage", () => jpegOfProcess(1, 64, { bits: 255 }), /^undecodable: /],
  ],
  "claims what is not there": [
    ["PNG of 2^31 pixels a side", () => pngOf(0x7fffffff, 0x7fffffff), /^(too-many-pixels|undecodable): /],
    ["PNG of 149 megapixels", () => pngOf(12200, 12200, { megabytes: 40 }), /^undecodable: /],
    ["interlaced PNG of 149 megapixels", () => pngOf(14000, 10700, { depth: 16, interlaced: true }), /^undecodable: /],
    ["arithmetic JPEG of 1000 x 1000", () => jpegOfProcess(9, 1000), "1000x1000"],
    ["JPEG of 65500 x 2200", async () => overwrite(await plain().jpeg().toBuffer(), "\xff\xc0", 3, Buffer.from([8, 0x98, 0xff, 0xdc])), /^undecodable: /],
    ["AVIF of 12000 x 12000", async () => overwrite(await plain().avif({ effort: 0 }).toBuffer(), "ispe", 4, u32(12000, 12000)), /^too-many-pixels: .* would take \d+ MiB; PICTURE_MEMORY is 1024 MiB$/],
    ["AVIF of 6000 x 6000", async () => overwrite(await plain().avif({ effort: 0 }).toBuffer(), "ispe", 4, u32(6000, 6000)), /^undecodable: /],
    ["WebP of 16383 x 9000", async () => overwrite(await plain().webp({ lossless: true }).toBuffer(), "VP8L", 5, Buffer.from([0xfe, 0xff, 0xc9, 0x08])), /^undecodable: /],
    ["GIF whose frame is larger than its screen", () => gif(16, 65535, 1), /^(undecodable|too-many-pixels): /],
    ["GIF of 12000 x 12000", () => gif(12000, 12000, 1), "12000x12000"],
    ["HEIC of 12000 x 12000", () => heic(plain(), { claim: { width: 12000, height: 12000 } }), /^(undecodable|too-many-pixels): /],
  ],
  "has too many parts": [
    ["JPEG of 800 scans", () => jpegOfScans(4000, 800), "undecodable: 800 scans of 4000 x 4000 pixels are too many"],
    ["arithmetic JPEG of 70 scans", () => jpegOfProcess(10, 12_000, { scans: 70 }), "undecodable: 70 scans of 12000 x 12000 pixels are too many"],
    ["JPEG of 70 scans behind what libjpeg passes over", () => jpegOfProcess(10, 12_000, { scans: 70, between: Buffer.from([0xff, 2, 0xff, 0xff]) }), "undecodable: 70 scans of 12000 x 12000 pixels are too many"],
    ["JPEG of 200 scans of few pixels", () => jpegOfScans(600, 200), "600x600"],
    ["JPEG with 60 MB of segments", () => jpegWith(...new Array<Buffer>(960).fill(segment(0xec, Buffer.alloc(65_533)))), "64x48"],
    ["PNG of 100,000 chunks", () => pngWith(...new Array<Buffer>(100_000).fill(pngChunk("teXt", text("a\0b")))), "64x48"],
    ["PNG of 5,000 texts", () => pngWith(...new Array<Buffer>(5000).fill(pngChunk("tEXt", text("a\0b")))), "64x48"],
    ["GIF of 100,000 frames", () => gif(64, 64, 100_000), "64x64"],
    ["TIFF of 20,000 pages", () => tiff([], { pages: 20_000 }), "64x64"],
    ["TIFF whose pages go round", () => tiff([], { pages: 3, loop: true }), "64x64"],
    ["TIFF of 200,000 pages", () => tiff([], { pages: 200_000 }), TOO_MANY],
    ["TIFF of 1,000 pages that share a text of 20 MB", () => Buffer.concat([tiff([[270, 2, 20_000_000, 200_000]], { pages: 1000 }), Buffer.alloc(20_000_000, 0x41)]), "undecodable: the file's directories name its bytes many times over"],
    ["GIF of a million frames", () => gif(64, 64, 1_000_000), TOO_MANY],
    ["WebP of 3,000 frames", () => webpOfFrames(3000), "64x64"],
    ["WebP of 100,000 frames", () => webpOfFrames(100_000), TOO_MANY],
    ["WebP of 4 million chunks", async () => webp(0, (await plain(64, 64).webp().toBuffer()).subarray(12), Buffer.alloc(32_000_000, text("abcd\0\0\0\0"))), TOO_MANY],
    ["JPEG of 4 million segments", () => jpegWith(Buffer.alloc(32_000_000, segment(0xe2, text("MPF\0")))), TOO_MANY],
    ["PNG of 2 million palettes", () => pngWith(Buffer.alloc(30_000_000, pngChunk("PLTE", Buffer.alloc(3)))), TOO_MANY],
    ["AVIF of 4 million boxes", async () => Buffer.concat([await plain().avif({ effort: 0 }).toBuffer(), Buffer.alloc(32_000_000, Buffer.concat([u32(8), text("free")]))]), TOO_MANY],
    ["HEIC of 250 tiles of nothing", () => heicOfTiles(50, 5), /^undecodable: /],
  ],
  "has absurd tags (TIFF)": [
    ["strips of 2^32 rows", () => tiff([[278, 4, 1, 0xffffffff]]), "64x64"],
    ["2^31 strips", () => tiff([[273, 4, 0x7fffffff, 8]]), /^undecodable: /],
    ["tiles of 2^31 pixels", () => tiff([[322, 4, 1, 0x7ffffff0], [323, 4, 1, 0x7ffffff0], [324, 4, 1, 8], [325, 4, 1, 4096]]), /^undecodable: /],
    ["tiles of no pixels", () => tiff([[322, 4, 1, 0], [323, 4, 1, 0], [324, 4, 1, 8], [325, 4, 1, 4096]]), /^undecodable: /],
    ["65535 channels", () => tiff([[277, 3, 1, 65535]]), /^undecodable: /],
    ["a length of 2^32", () => tiff([[279, 4, 1, 0xffffffff]]), "64x64"],
    ["150 million pixels from 4 kB", () => tiff([[256, 4, 1, 12000], [257, 4, 1, 12000], [278, 4, 1, 12000], [279, 4, 1, 4096]]), /^undecodable: /],
  ],
  "is packed metadata": [
    ["zTXt of 2 GB", async () => pngWith(...new Array<Buffer>(20).fill(pngChunk("zTXt", Buffer.concat([text("a\0\0"), zeros(100)])))), "64x48"],
    ["iTXt of 2 GB", async () => pngWith(...new Array<Buffer>(20).fill(pngChunk("iTXt", Buffer.concat([text("XML:com.adobe.xmp\0\x01\0\0\0"), zeros(100)])))), "64x48"],
    ["iCCP of 100 MB", async () => pngWith(pngChunk("iCCP", Buffer.concat([text("a\0\0"), zeros(100)]))), "64x48"],
    ["iCCP of 4 MB", async () => pngWith(pngChunk("iCCP", Buffer.concat([text("a\0\0"), zeros(4)]))), "64x48"],
    ["a profile of 16 MB in a JPEG", () => jpegWith(...Array.from({ length: 255 }, (_, i) => segment(0xe2, Buffer.concat([text("ICC_PROFILE\0"), Buffer.from([i + 1, 255]), Buffer.alloc(65_000, 0x41)])))), "64x48"],
    ["EXIF that points at itself", () => jpegWith(segment(0xe1, Buffer.concat([text("Exif\0\0II*\0"), Buffer.from([8, 0, 0, 0, 0xff, 0xff]), Buffer.from("69870400010000000800000069870400010000000800000008000000", "hex"), Buffer.alloc(60_000, 0x69)]))), "64x48"],
    ["an EXIF block of 40 MB", async () => pngWith(pngChunk("eXIf", Buffer.concat([text("II*\0"), Buffer.from([8, 0, 0, 0]), Buffer.alloc(40 * MEGABYTE, 0x11)]))), "64x48"],
    ["XMP of 64 MB", () => jpegWith(...new Array<Buffer>(1000).fill(segment(0xe1, Buffer.concat([text("http://ns.adobe.com/xap/1.0/\0"), Buffer.alloc(65_000, 0x3c)])))), "64x48"],
  ],
};

/** A grid of four that claims to have more. */
async function heicOfTiles(columns: number, rows: number): Promise<Buffer> {
  const file = await heic(plain(128, 128), { tile: 64 });
  const grid = Buffer.from([0, 0, 1, 1, 0, 128, 0, 128]);
  const at = file.indexOf(grid);
  if (at === -1) throw new Error("the file has no grid");
  file.set([0, 0, rows - 1, columns - 1], at);
  return file;
}

for (const [kind, cases] of Object.entries(CASES)) {
  describe(`what ${kind} costs little`, () => {
    it.each(cases)("%s", async (_, make, expected) => {
      const bytes = await make();
      const before = process.cpuUsage();
      const found = await outcome(bytes);
      const { user, system } = process.cpuUsage(before);
      expect(found).toMatch(typeof expected === "string" ? new RegExp(`^${expected.replace(/[.*+?^$()|[\]]/g, "\\$&")}$`) : expected);
      expect((user + system) / 1e6).toBeLessThan(LONGEST);
    });
  });
}
