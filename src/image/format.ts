import { PICTURE_FORMATS, type PictureFormat } from "./picture-format.js";

/** What the first bytes of a file of one format are: ASCII text or bytes, at an offset. */
interface Magic {
  format: string;
  at?: number;
  bytes: string | number[];
  /** For magics too short to trust alone. */
  also?: (head: Buffer) => boolean;
}

/** Sizes of the header that follows a BMP's file header: two letters alone would make a BMP of a text about BMWs. */
const BMP_HEADERS = new Set([12, 16, 40, 52, 56, 64, 108, 124]);
/** Brands of ISO base media files (ISO/IEC 23000-22, HEIF; AV1 Image File Format §6; Canon's raw files). */
const AVIF_BRANDS = new Set(["avif", "avis"]);
const HEIF_BRANDS = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1", "mif2", "jpeg", "avci", "vvic"]);

const MAGICS: Magic[] = [
  { format: "jpeg", bytes: [0xff, 0xd8, 0xff] },
  { format: "png", bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { format: "gif", bytes: "GIF87a" },
  { format: "gif", bytes: "GIF89a" },
  { format: "webp", at: 8, bytes: "WEBP", also: (head) => ascii(head, 0, 4) === "RIFF" },
  // Canon's older raw files are TIFF by their first bytes, but hold no picture that we could show as one.
  { format: "cr2", bytes: [0x49, 0x49, 0x2a, 0x00], also: (head) => ascii(head, 8, 10) === "CR" },
  { format: "tiff", bytes: [0x49, 0x49, 0x2a, 0x00] },
  { format: "tiff", bytes: [0x4d, 0x4d, 0x00, 0x2a] },
  { format: "tiff", bytes: [0x49, 0x49, 0x2b, 0x00] },
  { format: "tiff", bytes: [0x4d, 0x4d, 0x00, 0x2b] },
  { format: "bmp", bytes: "BM", also: (head) => head.length >= 18 && BMP_HEADERS.has(head.readUInt32LE(14)) },
  { format: "ico", bytes: [0x00, 0x00, 0x01, 0x00], also: (head) => head.length >= 10 && head[5] === 0 && head[4] > 0 && head[9] === 0 },
  { format: "psd", bytes: "8BPS" },
  { format: "jxl", bytes: [0x00, 0x00, 0x00, 0x0c, 0x4a, 0x58, 0x4c, 0x20] },
  { format: "jxl", bytes: [0xff, 0x0a] },
  { format: "jp2", bytes: [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20] },
  { format: "jp2", bytes: [0xff, 0x4f, 0xff, 0x51] },
  { format: "exr", bytes: [0x76, 0x2f, 0x31, 0x01] },
  { format: "hdr", bytes: "#?RADIANCE" },
  { format: "qoi", bytes: "qoif" },
  { format: "dds", bytes: "DDS " },
  { format: "xcf", bytes: "gimp xcf" },
  { format: "icns", bytes: "icns" },
  { format: "raf", bytes: "FUJIFILMCCD-RAW" },
  { format: "rw2", bytes: [0x49, 0x49, 0x55, 0x00] },
  { format: "orf", bytes: "IIRO" },
  { format: "orf", bytes: "IIRS" },
];

const LOOKED_AT = 1024;

/**
 * Names the image format of a file by its first bytes (64 are enough; text formats are looked for in the first 1024).
 * @returns a `PictureFormat`, the name of an image format that we know but do not decode ("bmp", "svg", …),
 *   or undefined: these are not the bytes of a picture
 */
export function sniffFormat(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, LOOKED_AT));
  const found = MAGICS.find(({ at = 0, bytes: magic, also }) => {
    const wanted = Buffer.from(magic as string);
    return bytes.subarray(at, at + wanted.length).equals(wanted) && (also?.(bytes) ?? true);
  });
  return found?.format ?? mediaFormat(bytes) ?? textFormat(bytes);
}

/** Whether `decodePicture` reads this format. */
export function isPictureFormat(format: string): format is PictureFormat {
  return (PICTURE_FORMATS as readonly string[]).includes(format);
}

/** AVIF, HEIF (HEIC) and CR3 are ISO base media files, told apart by their major and compatible brands. */
function mediaFormat(head: Buffer): string | undefined {
  if (ascii(head, 4, 8) !== "ftyp") return undefined;
  const end = Math.min(head.readUInt32BE(0), head.length);
  const brands = [ascii(head, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(ascii(head, at, at + 4));
  if (brands.some((brand) => AVIF_BRANDS.has(brand))) return "avif";
  if (brands.some((brand) => HEIF_BRANDS.has(brand))) return "heic";
  return brands[0] === "crx " ? "cr3" : undefined;
}

/** The two formats that are text: SVG (an XML prolog, comments or a doctype may come first) and PNM ("P6 640 480"). */
function textFormat(head: Buffer): string | undefined {
  const text = head.toString("latin1").replace(/^\xef\xbb\xbf/, "");
  if (/^\s*</.test(text) && /<svg[\s>]|<!DOCTYPE svg/i.test(text)) return "svg";
  return /^P[1-7]\s+(?:#[^\n]*\n\s*)*(?:\d+\s+\d|WIDTH )/.test(text) ? "pnm" : undefined;
}

function ascii(head: Buffer, from: number, to: number): string {
  return head.toString("latin1", from, to);
}
