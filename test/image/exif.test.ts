import { takenAt } from "../../src/image/exif.js";

/** An Exif segment with DateTimeOriginal and, where given, OffsetTimeOriginal, in either byte order. */
function exif(date: string, offset?: string, littleEndian = false): Buffer {
  const bytes = Buffer.alloc(120);
  const u16 = (value: number, at: number) => (littleEndian ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at));
  const u32 = (value: number, at: number) => (littleEndian ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at));
  const entry = (at: number, tag: number, type: number, count: number, value: number) => {
    u16(tag, at);
    u16(type, at + 2);
    u32(count, at + 4);
    u32(value, at + 8);
  };
  bytes.write(littleEndian ? "II" : "MM", 0, "latin1");
  u16(42, 2);
  u32(8, 4);
  u16(1, 8); // IFD0: one entry, the pointer to the Exif IFD
  entry(10, 0x8769, 4, 1, 26);
  u16(offset === undefined ? 1 : 2, 26);
  entry(28, 0x9003, 2, date.length + 1, 60);
  if (offset !== undefined) entry(40, 0x9011, 2, offset.length + 1, 90);
  bytes.write(`${date}\0`, 60, "latin1");
  bytes.write(`${offset ?? ""}\0`, 90, "latin1");
  return Buffer.concat([Buffer.from("Exif\0\0", "latin1"), bytes]);
}

describe("when a photo was taken", () => {
  it.each([
    { what: "with an offset", segment: exif("2024:05:01 10:20:30", "+08:00"), taken: "2024-05-01T10:20:30+08:00" },
    { what: "in Intel's byte order", segment: exif("2024:05:01 10:20:30", "-03:30", true), taken: "2024-05-01T10:20:30-03:30" },
    { what: "of a camera without time zone", segment: exif("2024:05:01 10:20:30"), taken: "2024-05-01T10:20:30" },
    { what: "with a nonsense offset", segment: exif("2024:05:01 10:20:30", "+99:00"), taken: "2024-05-01T10:20:30" },
    { what: "without the segment's name", segment: exif("2024:05:01 10:20:30").subarray(6), taken: "2024-05-01T10:20:30" },
    { what: "by an unset clock", segment: exif("0000:00:00 00:00:00"), taken: undefined },
    { what: "on a day that no month has", segment: exif("2023:02:30 10:00:00"), taken: undefined },
    { what: "by blanks", segment: exif("    :  :     :  :  "), taken: undefined },
    { what: "in an empty segment", segment: Buffer.from("Exif\0\0", "latin1"), taken: undefined },
  ])("$what: $taken", ({ segment, taken }) => {
    expect(takenAt(segment)).toBe(taken);
  });

  it("is read without a fault from any damaged segment", () => {
    const whole = exif("2024:05:01 10:20:30", "+08:00");
    for (let length = 0; length < whole.length; length++) takenAt(whole.subarray(0, length));
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0x00, 0x7f, 0xff]) {
        const damaged = Buffer.from(whole);
        damaged[at] = value;
        expect(takenAt(damaged) ?? "").toMatch(/^$|^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
      }
    }
  });
});
