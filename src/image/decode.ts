import type { Metadata, Sharp, SharpOptions } from "sharp";
import { Failure, TooManyPixels, Undecodable, UnsupportedFormat } from "../errors.js";
import { atOnce, type DecodeOptions } from "./decode-options.js";
import { takenAt } from "./exif.js";
import { checkParts } from "./file-parts.js";
import { isPictureFormat, sniffFormat } from "./format.js";
import { isSrgbProfile } from "./icc.js";
import { checkScans, jpegFrame } from "./jpeg-frame.js";
import { checkMemory, LARGE, memoryOf } from "./memory.js";
import { Patience } from "./patience.js";
import type { Picture, PictureInfo, Raster } from "./picture.js";
import type { PictureFormat } from "./picture-format.js";
import { loadSharp } from "./sharp.js";

/** The longer side of the working picture, pixels: enough for the crops of faces that the models see. */
export const WORKING_SIZE = 2048;

/** Behind transparent pixels: the page that cut-outs and logos are made for. */
const PAPER = "#ffffff";

/**
 * Decodes a picture: first frame, upright (EXIF orientation applied), ICC profile applied, 8-bit sRGB, transparency
 * over white, shrunk to the working size while it is decoded (never enlarged).
 * @throws UnsupportedFormat where the bytes are no picture or one of a format we do not decode
 * @throws TooManyPixels before anything is decoded, also where that would take too much memory
 * @throws Undecodable where the picture is damaged or cut short, or its file in very many parts
 * @throws DecodingTooSlow where it takes longer than it may
 */
export async function decodePicture(bytes: Uint8Array, limits: DecodeOptions): Promise<Picture> {
  const { maxPixels, workingSize, maxMemory = Infinity, maxSeconds, large = atOnce, alone = atOnce } = limits;
  const format = supportedFormat(bytes);
  checkParts(format, bytes);
  if (format === "heic") return decodeHeic(bytes, limits);
  const frame = format === "jpeg" ? jpegFrame(bytes) : undefined;
  const sharp = await loadSharp();
  const options: SharpOptions = { failOn: "error", sequentialRead: true, limitInputPixels: maxPixels };
  const metadata = await attempt(() => inOwnWords(() => sharp(bytes, { ...options, limitInputPixels: false }).metadata(), alone));
  checkPixels(metadata, maxPixels);
  if (frame) checkScans(frame);
  const memory = memoryOf(format, metadata, frame);
  checkMemory(metadata, memory, maxMemory);
  const info = describe(format, metadata);
  const ignoreIcc = metadata.icc !== undefined && metadata.channels >= 3 && metadata.space !== "cmyk" && isSrgbProfile(metadata.icc);
  const patience = new Patience(metadata, maxSeconds);
  const decode = () => unlessDamaged((failOn) => patience.attempt((seconds) => pixels(sharp(bytes, { ...options, ignoreIcc, failOn }).timeout({ seconds }), workingSize)), alone);
  return picture(info, await (memory > LARGE ? large(decode) : decode()));
}

/** libvips as it comes with sharp reads no HEVC: libheif decodes the picture, sharp does the rest. */
async function decodeHeic(bytes: Uint8Array, limits: DecodeOptions): Promise<Picture> {
  const { readHeic } = await import("./heic.js");
  const { width, height, tiff, icc, exif } = await readHeic(bytes, limits);
  const sharp = await loadSharp();
  const ignoreIcc = icc !== undefined && isSrgbProfile(icc);
  const working = await attempt(() => pixels(sharp(tiff, { ignoreIcc, sequentialRead: true, limitInputPixels: false }), limits.workingSize));
  return picture({ format: "heic", width, height, orientation: 1, ...photographed(exif) }, working);
}

function picture(info: PictureInfo, working: Raster): Picture {
  return { info, working, scale: Math.max(info.width, info.height) / Math.max(working.width, working.height) };
}

function supportedFormat(bytes: Uint8Array): PictureFormat {
  const format = sniffFormat(bytes);
  if (format === undefined) throw new UnsupportedFormat("the bytes are of no image format");
  if (!isPictureFormat(format)) throw new UnsupportedFormat(`${format} pictures are not decoded`);
  return format;
}

function checkPixels({ width, height }: Metadata, maxPixels: number): void {
  if (width * height > maxPixels) {
    throw new TooManyPixels(`${width} x ${height} are ${width * height} pixels; the limit is ${maxPixels}`);
  }
}

function describe(format: PictureFormat, metadata: Metadata): PictureInfo {
  const { orientation = 1, autoOrient, exif } = metadata;
  return { format, width: autoOrient.width, height: autoOrient.height, orientation, ...photographed(exif) };
}

function photographed(exif: Uint8Array | undefined): Pick<PictureInfo, "takenAt"> {
  const taken = exif && takenAt(exif);
  return taken === undefined ? {} : { takenAt: taken };
}

/** sharp turns the picture after it has shrunk it, whatever the order of calls: only the small one is held whole. */
async function pixels(image: Sharp, workingSize: number): Promise<Raster> {
  const { data, info } = await image
    .autoOrient()
    .resize({ width: workingSize, height: workingSize, fit: "inside", withoutEnlargement: true })
    .flatten({ background: PAPER })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

type Alone = NonNullable<DecodeOptions["alone"]>;

/** What libjpeg warns of when pixels are lost; stray bytes between a file's segments (markers but 0xd0 to 0xd7) lose none. */
const LOST_PIXELS = /Corrupt JPEG data: (?!\d+ extraneous bytes before marker 0x(?!d[0-7]))/;

/**
 * libvips calls it an error when data ends early or cannot be decoded, a warning when it could go on. Photos with such
 * oddities (a bad EXIF block, an odd colour profile) are common and look right: they are decoded again without minding
 * warnings, unless those say that pixels are garbage. A damaged photo must not look like one without faces.
 * What libvips says is one text for all threads, that each of them adds to and clears: it is of this picture for certain
 * only while nobody else is at work.
 */
async function unlessDamaged<T>(work: (failOn: "warning" | "error") => Promise<T>, alone: Alone): Promise<T> {
  try {
    return await work("warning");
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
  }
  return alone(async () => {
    try {
      return await work("warning");
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      if (LOST_PIXELS.test(String(cause))) throw new Undecodable(reason(cause), { cause });
    }
    return attempt(() => work("error"));
  });
}

/** What fails is done again alone: then the error's text is its own. */
async function inOwnWords<T>(work: () => Promise<T>, alone: Alone): Promise<T> {
  try {
    return await work();
  } catch {
    return alone(work);
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof Failure ? cause : new Undecodable(reason(cause), { cause });
  }
}

/** libvips gives all that went wrong on the way, a line each, often twice, after the name of its operation: the last line is what ended it. */
function reason(cause: unknown): string {
  const message = (cause instanceof Error ? cause.message : String(cause)).replace(/^Input buffer has (corrupt header):/, "$1\n");
  const lines = message.split("\n").map((line) => line.trim().replace(/^\w*(vips|load)\w*: /i, "")).filter(Boolean);
  return (lines.at(-1) ?? "libvips gave no reason").slice(0, 200);
}
