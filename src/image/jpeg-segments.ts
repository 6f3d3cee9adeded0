/** A segment of a JPEG: what stands behind its length. */
export interface JpegSegment {
  marker: number;
  content: Buffer;
}

const EOI = 0xd9;
/** Markers without a segment: RST0 to RST7, SOI, and all below SOF0 (a stuffed 0xff among them): within a scan libjpeg passes over such, and only them. */
const isAlone = (marker: number) => marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8);

/** Segments of ISO/IEC 10918-1 annex B up to EOI, behind a scan, too: libjpeg keeps those of progressive files. What is damaged is the decoder's business. */
export function* jpegSegments(file: Buffer): Generator<JpegSegment, void> {
  for (let at = nextMarker(file, 2); at + 4 <= file.length; at = nextMarker(file, at)) {
    const marker = file[at + 1];
    if (marker === EOI) return;
    if (isAlone(marker)) at += 2;
    else {
      const end = at + 2 + file.readUInt16BE(at + 2);
      yield { marker, content: file.subarray(at + 4, end) };
      at = end;
    }
  }
}

/** Where the next 0xff is that is no filling before another. A plain loop, for native searches cost more where they are short. */
function nextMarker(file: Buffer, from: number): number {
  let at = from;
  while (at < file.length && (file[at] !== 0xff || file[at + 1] === 0xff)) at++;
  return at;
}
