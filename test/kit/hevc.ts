import type { Sharp } from "sharp";

/** A picture coded in HEVC, in the parts that a HEIF file is made of. */
export interface Coded {
  width: number;
  height: number;
  /** The box with the decoder's configuration. */
  hvcC: Buffer;
  data: Buffer;
}

/** libheif with the encoder kvazaar, compiled to WebAssembly; the package's own index does not load in Node. */
interface Encoder {
  onRuntimeInitialized?: () => void;
  jsEncodeImage(rgba: Uint8Array, width: number, height: number): { err: string; data: Uint8Array };
}

/** Not written into the import itself: the file has no types. */
const ENCODER: string = "elheif/pkg/elheif-wasm.js";

let encoder: Promise<Encoder> | undefined;

async function loadEncoder(): Promise<Encoder> {
  await import(ENCODER);
  const { __init__ELHEIF_MODULE: start } = globalThis as unknown as { __init__ELHEIF_MODULE: (module: Partial<Encoder>) => void };
  const module: Partial<Encoder> = {};
  await new Promise<void>((resolve) => {
    module.onRuntimeInitialized = resolve;
    start(module);
  });
  return module as Encoder;
}

/** Codes a picture; its sides must be multiples of 8 (the encoder's smallest block), or what is coded is larger than it says. */
export async function encodeHevc(image: Sharp): Promise<Coded> {
  const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const module = await (encoder ??= loadEncoder());
  const { err, data: file } = module.jsEncodeImage(data, info.width, info.height);
  if (err) throw new Error(err);
  return { width: info.width, height: info.height, ...firstItem(Buffer.from(file)) };
}

/** The encoder gives a whole HEIF file; the picture's item is its first, alpha its second. */
function firstItem(file: Buffer): { hvcC: Buffer; data: Buffer } {
  const hvcC = file.indexOf("hvcC") - 4;
  const iloc = file.indexOf("iloc") + 4; // version 0: offsets, lengths and base offsets of four bytes
  const base = file.readUInt32BE(iloc + 12);
  const extents = Array.from({ length: file.readUInt16BE(iloc + 16) }, (_, i) => {
    const from = base + file.readUInt32BE(iloc + 18 + 8 * i);
    return file.subarray(from, from + file.readUInt32BE(iloc + 22 + 8 * i));
  });
  return { hvcC: file.subarray(hvcC, hvcC + file.readUInt32BE(hvcC)), data: Buffer.concat(extents) };
}
