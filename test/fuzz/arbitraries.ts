import fc from "fast-check";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

/** One in so many. */
export const rarely = (weight: number) => fc.integer({ min: 1, max: weight }).map((n) => n === 1);

/** What an attribute may say: any characters, but not blank (that would be none at all). */
export const attributeText = fc
  .oneof(
    { weight: 3, arbitrary: fc.stringMatching(/^[!-~]{1,20}$/) },
    { weight: 2, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }) },
    { weight: 2, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 20 }) },
    { weight: 1, arbitrary: fc.integer({ min: 100, max: 2500 }).map((length) => "long".repeat(length).slice(0, length)) },
    { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", '"quoted"', "100%", "%41%zz", "a\r\nb: c", " a ", "\0", "照片/一.jpg", "☃", "\u001b[2J", "\u202e", "A".repeat(200)) },
  )
  .filter((text) => text.trim() !== "");

/** Texts that are valid JSON and hard on whoever reads them with little care. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.json({ stringUnit: "binary", maxDepth: 4 }) },
  { weight: 2, arbitrary: fc.jsonValue({ stringUnit: "grapheme" }).map((value) => JSON.stringify(value, null, "\t")) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(10, 201, 1000, 10_000, 10_001), fc.constantFrom("[", '{"a":', '[{"b":[')).map(([depth, open]) => nested(depth, open)) },
  { weight: 1, arbitrary: fc.constantFrom("1e999", "-1e-999", "123456789012345678901234567890.123456789", "-0", "0", "1.0", "1E400", `1${"0".repeat(400)}`) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom("__proto__", "constructor", "prototype", "toString", "a", "events", "data"), fc.json({ maxDepth: 2 })).map(([name, value]) => `{"${name}":${value},"${name}":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`) },
  { weight: 1, arbitrary: fc.constantFrom('"\\ud800"', '{"\\udfff":"\\ud83d"}', '"\\u0000\\u001b"', '"\u2028"', '"\ufeff"', "\"\u202e\"", '""', "null", "false", "{}", "[]") },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(" ", "\n", "\t", "\r\n"), fc.integer({ min: 1, max: 3000 })).map(([space, times]) => `${space.repeat(times)}{"a"${space.repeat(times)}:1}${space}`) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4000 }).map((many) => `[${Array.from({ length: many }, (_, i) => `{"k${i}":${i}}`).join(",")}]`) },
);

function nested(depth: number, open: string): string {
  const close = Array.from(open.replace(/[^[{]/g, "")).reverse().map((bracket) => (bracket === "[" ? "]" : "}")).join("");
  return `${open.repeat(depth)}1${close.repeat(depth)}`;
}

/** Bytes of any kind: text, JSON, base64 of either, encodings that are not UTF-8. */
export const anyBytes: fc.Arbitrary<Buffer> = fc.oneof(
  hostileJson.map((text) => Buffer.from(text)),
  fc.string({ unit: "binary", maxLength: 200 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  hostileJson.map((text) => Buffer.from(Buffer.from(text).toString("base64"))),
  hostileJson.map((text) => Buffer.from(text, "utf16le")),
  fc.constantFrom(Buffer.alloc(0), Buffer.from("\ufeff{}"), Buffer.from("\ufeff"), Buffer.alloc(50), Buffer.from([0xff, 0xfe, 0x7b, 0]), Buffer.from("\0{}")),
);

/** A place in something, 0 to 1, any as likely as any other (fc.double prefers the smallest by far). */
export const place = fc.noBias(fc.integer({ min: 0, max: 999_999 })).map((millionths) => millionths / 1_000_000);

/** How bytes are damaged: where (0 to 1 of the length), and how. */
export interface Edit {
  at: number;
  how: "flip" | "cut" | "insert" | "double" | "swap";
  bytes: Uint8Array;
}

export const edits = (most: number): fc.Arbitrary<Edit[]> =>
  fc.array(
    fc.record({
      at: place,
      how: fc.constantFrom<Edit["how"]>("flip", "flip", "flip", "flip", "cut", "insert", "double", "swap"),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    }),
    { minLength: 1, maxLength: most },
  );

export function edited(original: Buffer, list: Edit[]): Buffer {
  return list.reduce((bytes, { at, how, bytes: other }) => {
    const [before, after] = [bytes.subarray(0, at * bytes.length), bytes.subarray(at * bytes.length)];
    switch (how) {
      case "flip": return Buffer.concat([before, Buffer.from(after.subarray(0, other.length).map((byte, i) => byte ^ other[i])), after.subarray(other.length)]);
      case "cut": return before;
      case "insert": return Buffer.concat([before, other, after]);
      case "double": return Buffer.concat([before, after.subarray(0, other[0]), after]);
      case "swap": return Buffer.concat([after, before]);
    }
  }, original);
}

const CODINGS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;
export type Coding = keyof typeof CODINGS;
export const coding = fc.constantFrom<Coding>("gzip", "deflate", "br");
export const encoded = (bytes: Buffer, by: Coding): Buffer => CODINGS[by](bytes);

/** The same letters in any case, as header names and media types may come. */
export const oddCase = (text: string) => fc.mixedCase(fc.constant(text));
