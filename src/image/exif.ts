/** Tags of Exif 2.32 (CIPA DC-008): the pointer to the Exif IFD, and when the photo was taken. */
const EXIF_IFD = 0x8769;
const DATE_TIME_ORIGINAL = 0x9003;
const OFFSET_TIME_ORIGINAL = 0x9011;

const TYPE_ASCII = 2;
const TYPE_LONG = 4;

/**
 * When a photo was taken: EXIF DateTimeOriginal and, where the camera wrote one, its offset from UTC.
 * @param exif the Exif segment as libvips gives it, with or without the leading "Exif\0\0"
 * @returns ISO 8601, "2024-05-01T10:20:30+08:00" or, of a camera without time zone, "2024-05-01T10:20:30";
 *   undefined where the segment does not say it or is damaged: bad EXIF never costs a photo its faces
 */
export function takenAt(exif: Uint8Array): string | undefined {
  const start = Buffer.from(exif.subarray(0, 6)).toString("latin1") === "Exif\0\0" ? 6 : 0;
  const tiff = new TiffReader(exif.subarray(start));
  const ifd = tiff.long(tiff.firstIfd(), EXIF_IFD);
  const date = tiff.ascii(ifd, DATE_TIME_ORIGINAL)?.match(/^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/);
  if (!date) return undefined;
  const local = `${date[1]}-${date[2]}-${date[3]}T${date[4]}`;
  if (!isCalendarTime(local)) return undefined;
  const offset = tiff.ascii(ifd, OFFSET_TIME_ORIGINAL);
  return offset && /^[+-]([01]\d|2[0-3]):[0-5]\d$/.test(offset) ? local + offset : local;
}

/** False for what unset clocks write ("0000-00-00T00:00:00") and for days that no month has. */
function isCalendarTime(local: string): boolean {
  const time = new Date(`${local}Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(local);
}

/** Reads single values of a TIFF structure; whatever points outside the bytes reads as undefined. */
class TiffReader {
  readonly #view: DataView;
  readonly #littleEndian: boolean;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = bytes[0] === 0x49;
  }

  firstIfd(): number | undefined {
    return this.#uint32(4);
  }

  long(ifd: number | undefined, tag: number): number | undefined {
    const entry = this.#entry(ifd, tag, TYPE_LONG);
    return entry === undefined ? undefined : this.#uint32(entry + 8);
  }

  /** Text up to its NUL. Values of up to four bytes stand in the entry itself. */
  ascii(ifd: number | undefined, tag: number): string | undefined {
    const entry = this.#entry(ifd, tag, TYPE_ASCII);
    if (entry === undefined) return undefined;
    const length = this.#uint32(entry + 4) ?? 0;
    const at = length <= 4 ? entry + 8 : this.#uint32(entry + 8);
    if (at === undefined || at + length > this.#view.byteLength) return undefined;
    const bytes = Buffer.from(this.#view.buffer, this.#view.byteOffset + at, length);
    return bytes.toString("latin1").split("\0")[0].trim();
  }

  /** Offset of a directory's entry of 12 bytes: tag, type, count, value or offset. */
  #entry(ifd: number | undefined, tag: number, type: number): number | undefined {
    const count = ifd === undefined ? undefined : this.#uint16(ifd);
    if (ifd === undefined || count === undefined) return undefined;
    for (let i = 0, at = ifd + 2; i < count; i++, at += 12) {
      const found = this.#uint16(at);
      if (found === undefined) return undefined;
      if (found === tag && this.#uint16(at + 2) === type) return at;
    }
    return undefined;
  }

  #uint16(at: number): number | undefined {
    return at + 2 <= this.#view.byteLength ? this.#view.getUint16(at, this.#littleEndian) : undefined;
  }

  #uint32(at: number): number | undefined {
    return at + 4 <= this.#view.byteLength ? this.#view.getUint32(at, this.#littleEndian) : undefined;
  }
}
