/** Tags and types of TIFF 6.0; 34675 is the profile's tag of ICC.1:2022 annex B.4. */
const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;
const ENTRIES = 11;
const ROWS_PER_STRIP = 64;

/**
 * Room for an RGB picture of 8 bits a channel as an uncompressed TIFF file, so that libvips takes pixels that come with
 * a colour profile without another copy of them.
 * @param orientation as EXIF's
 * @returns the file, and in it the pixels, to be filled in: rows from the top
 */
export function emptyTiff(width: number, height: number, orientation: number, icc?: Buffer): { file: Buffer; pixels: Buffer } {
  const strips = Math.ceil(height / ROWS_PER_STRIP);
  const bitsAt = 8 + 2 + ENTRIES * 12 + 4;
  const offsetsAt = bitsAt + 8;
  const countsAt = offsetsAt + 4 * strips;
  const iccAt = countsAt + 4 * strips;
  const pixelsAt = iccAt + (icc ? Math.ceil(icc.length / 2) * 2 : 0);
  const file = Buffer.alloc(pixelsAt + width * height * 3);

  const strip = width * ROWS_PER_STRIP * 3;
  const entries = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 3, bitsAt],
    [259, SHORT, 1, 1], // not compressed
    [262, SHORT, 1, 2], // RGB
    // A list of one value stands in the entry itself.
    [273, LONG, strips, strips === 1 ? pixelsAt : offsetsAt],
    [274, SHORT, 1, orientation],
    [277, SHORT, 1, 3], // channels
    [278, LONG, 1, ROWS_PER_STRIP],
    [279, LONG, strips, strips === 1 ? width * height * 3 : countsAt],
    ...(icc ? [[34675, UNDEFINED, icc.length, iccAt]] : []),
  ];
  file.write("II*\0", "latin1");
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(entries.length, 8);
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    const at = 10 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(count, at + 4);
    file.writeUInt32LE(value, at + 8);
  }
  for (let channel = 0; channel < 3; channel++) file.writeUInt16LE(8, bitsAt + 2 * channel);
  for (let i = 0; i < strips; i++) {
    file.writeUInt32LE(pixelsAt + i * strip, offsetsAt + 4 * i);
    file.writeUInt32LE(Math.min(strip, width * height * 3 - i * strip), countsAt + 4 * i);
  }
  icc?.copy(file, iccAt);
  return { file, pixels: file.subarray(pixelsAt) };
}
