import { Failure, TooManyPixels, Undecodable, UnsupportedFormat } from "../errors.js";
import { madeOnce } from "../made-once.js";
import { Canvas } from "./canvas.js";
import { atOnce, type DecodeOptions } from "./decode-options.js";
import { HeifFile } from "./heif-file.js";
import { otherCoding } from "./heif-items.js";
import { LibHeif } from "./libheif.js";
import { checkMemory, LARGE, memoryOfHeic } from "./memory.js";
import { Patience } from "./patience.js";
import { loadSharp } from "./sharp.js";

/** A HEIC picture in the form that the rest of the decoding takes. */
export interface Heic {
  /** Size as a person sees it, pixels. */
  width: number;
  height: number;
  /** An uncompressed TIFF file: RGB over white, with its orientation and colour profile, not shrunk below what was asked for. */
  tiff: Buffer;
  /** The profile in it. */
  icc?: Buffer;
  /** The TIFF structure of its EXIF. */
  exif?: Buffer;
}

/** SMPTE EG 432-1 in ISO/IEC 23091-2: the primaries of Display P3. */
const P3_PRIMARIES = 12;

/**
 * Decodes the primary picture of a HEIF file that is coded in HEVC (HEIC): tile by tile, so that large ones need little
 * memory. The file says itself how it is to be turned (irot, imir); its EXIF orientation only tells the same again
 * (ISO/IEC 23008-12 A.2.1) and is not applied.
 * @param limits as those of `decodePicture`
 * @throws UnsupportedFormat where it is coded in another way
 * @throws TooManyPixels before anything is decoded
 * @throws Undecodable where the file is damaged or cut short
 * @throws DecodingTooSlow where it takes longer than it may
 */
export async function readHeic(bytes: Uint8Array, limits: DecodeOptions): Promise<Heic> {
  const { maxPixels, workingSize, maxMemory = Infinity, maxSeconds, large = atOnce } = limits;
  const heif = await LibHeif.start();
  const file = guard(heif, () => new HeifFile(heif, bytes, maxPixels));
  const { icc, primaries } = guard(heif, () => file.colours());
  const profile = icc ? rgbProfile(icc) : primaries === P3_PRIMARIES ? await displayP3() : undefined;
  const memory = memoryOfHeic(file, bytes.length);
  checkMemory(file.upright, memory, maxMemory);
  const { width, height } = file.upright;
  const decode = () => {
    const checkTime = new Patience({ width, height }, maxSeconds).clock();
    const canvas = new Canvas(file.stored, workingSize, file.orientation, profile);
    for (const { patch, left, top } of file.patches()) {
      canvas.add(patch, left, top);
      checkTime();
    }
    return { width, height, tiff: canvas.finish(), icc: profile, exif: file.exif() };
  };
  const guarded = () => Promise.resolve(guard(heif, decode));
  return memory > LARGE ? large(guarded) : guarded();
}

/** What libheif decodes is RGB, also of grey pictures, whose profile would not fit (ICC.1:2022 §7.2.8: colour space). */
function rgbProfile(icc: Buffer): Buffer | undefined {
  return icc.toString("latin1", 16, 20) === "RGB " ? icc : undefined;
}

/** Says what a failure means; a damaged file can stop WebAssembly itself: by a trap, an abort, a C++ exception (a number). */
function guard<T>(heif: LibHeif, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Failure)) throw new Undecodable(`libheif stopped: ${cause instanceof Error ? cause.message.slice(0, 100) : "C++ exception"}`, { cause });
    const coding = cause instanceof TooManyPixels ? undefined : otherCoding(heif);
    throw coding === undefined ? cause : new UnsupportedFormat(`HEIF pictures coded as ${coding} are not decoded`, { cause });
  }
}

/** libvips has the profile built in, but gives it away only within a picture. */
const displayP3 = madeOnce(async () => {
  const sharp = await loadSharp();
  const picture = sharp({ create: { width: 1, height: 1, channels: 3, background: "#fff" } });
  return (await sharp(await picture.withIccProfile("p3").png().toBuffer()).metadata()).icc;
});
