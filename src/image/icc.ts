/**
 * Whether an ICC profile is one of the many that say sRGB, by the name in its description.
 * Converting such a picture to sRGB changes no pixel (seen) but takes twice as long as decoding it.
 * Source: ICC.1:2022 §7.3 (tag table), §9.2.41 (profileDescriptionTag).
 */
export function isSrgbProfile(icc: Buffer): boolean {
  const description = tag(icc, "desc").toString("latin1").replaceAll("\0", "");
  // After the type's name ("desc" or "mluc") come counts and lengths, then the text: 8-bit or UTF-16.
  return /^(desc|mluc).{0,16}?sRGB\b/s.test(description);
}

/** The bytes of one tag of a profile; none where there is no such tag. */
function tag(icc: Buffer, name: string): Buffer {
  const count = icc.length >= 132 ? icc.readUInt32BE(128) : 0;
  for (let i = 0, at = 132; i < count && at + 12 <= icc.length; i++, at += 12) {
    if (icc.toString("latin1", at, at + 4) !== name) continue;
    const start = icc.readUInt32BE(at + 4);
    return icc.subarray(start, start + icc.readUInt32BE(at + 8));
  }
  return Buffer.alloc(0);
}
