import { isPictureFormat, sniffFormat } from "../../src/image/format.js";

const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const ftyp = (major: string, ...compatible: string[]) =>
  bytes([0, 0, 0, 16 + 4 * compatible.length], "ftyp", major, [0, 0, 0, 0], ...compatible, "mdat");

describe("the first bytes tell the format of", () => {
  it.each([
    ["jpeg", bytes([0xff, 0xd8, 0xff, 0xe1, 0, 16], "Exif")],
    ["png", bytes([0x89], "PNG\r\n", [0x1a, 0x0a], "....IHDR")],
    ["gif", bytes("GIF89a")],
    ["gif", bytes("GIF87a")],
    ["webp", bytes("RIFF", [1, 2, 3, 4], "WEBPVP8 ")],
    ["tiff", bytes("II", [42, 0, 8, 0, 0, 0], "....")],
    ["tiff", bytes("MM", [0, 42, 0, 0, 0, 8], "....")],
    ["tiff", bytes("MM", [0, 43, 0, 8, 0, 0], "....")],
    ["avif", ftyp("avif", "mif1", "miaf")],
    ["avif", ftyp("mif1", "miaf", "avif")],
    ["avif", ftyp("avis", "msf1")],
    ["avif", ftyp("mif1", "heic", "avif")],
    ["heic", ftyp("heic", "mif1")],
    ["heic", ftyp("mif1", "heic")],
    ["heic", ftyp("heix", "mif1")],
    ["heic", ftyp("mif1", "miaf")],
  ])("%s, which is decoded", (format, head) => {
    expect(sniffFormat(head)).toBe(format);
    expect(isPictureFormat(format)).toBe(true);
  });

  it.each([
    ["cr3", ftyp("crx ", "isom")],
    ["cr2", bytes("II", [42, 0, 16, 0, 0, 0], "CR", [2, 0])],
    ["bmp", bytes("BM", [70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0])],
    ["ico", bytes([0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0])],
    ["psd", bytes("8BPS", [0, 1])],
    ["jxl", bytes([0xff, 0x0a, 0, 0])],
    ["jxl", bytes([0, 0, 0, 12], "JXL \r\n", [0x87, 0x0a])],
    ["jp2", bytes([0, 0, 0, 12], "jP  \r\n", [0x87, 0x0a])],
    ["svg", bytes('<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg">')],
    ["svg", bytes([0xef, 0xbb, 0xbf], "  <svg width='1'>")],
    ["pnm", bytes("P6\n# by hand\n640 480\n255\n")],
    ["exr", bytes([0x76, 0x2f, 0x31, 0x01])],
  ])("%s, which is not decoded", (format, head) => {
    expect(sniffFormat(head)).toBe(format);
    expect(isPictureFormat(format)).toBe(false);
  });

  it.each([
    ["nothing at all", bytes("")],
    ["plain text", bytes("BMW drivers and GIFs: a study")],
    ["HTML with a drawing's name in it", bytes("<!doctype html><title>svg</title>")],
    ["a PDF", bytes("%PDF-1.7\n")],
    ["a ZIP", bytes("PK", [3, 4])],
    ["a video in the same container as AVIF", ftyp("isom", "mp42", "avc1")],
    ["sound in the same container as WebP", bytes("RIFF", [1, 2, 3, 4], "WAVEfmt ")],
    ["an MPEG stream, which begins like an icon", bytes([0, 0, 1, 0xba, 0x44])],
    ["the first byte of a JPEG", bytes([0xff])],
    ["a cut container header", bytes([0, 0, 0, 32], "ft")],
  ])("no picture: %s", (_, head) => {
    expect(sniffFormat(head)).toBeUndefined();
  });

  it("nothing, in no time, where a pattern could run for ever", () => {
    expect(sniffFormat(Buffer.from(`P1 ${"# ".repeat(500)}`))).toBeUndefined();
    expect(sniffFormat(Buffer.from(`P6\n# made by hand\n# twice\n640 480 255\n`))).toBe("pnm");
  });

  it("a view into a larger buffer", () => {
    const large = bytes("xxxx", [0xff, 0xd8, 0xff, 0xe0]);
    expect(sniffFormat(new Uint8Array(large.buffer, large.byteOffset + 4, 4))).toBe("jpeg");
  });
});
