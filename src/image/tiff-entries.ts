import { Undecodable } from "../errors.js";

/** Bytes of a value, by its type (TIFF 6.0 §2; 13 of TIFF technical note 1; 16 to 18 of BigTIFF). */
const VALUE = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

/** Pages may share values, but libtiff reads them anew for each: more than so many times the file is a trap. */
const MOST_READ = 8;

/**
 * Stops at each entry of each page's directory, of TIFF and BigTIFF: libtiff reads all of them to count the pages.
 * Other directories (SubIFDs, EXIF) it leaves.
 * @throws Undecodable where their values are many times the file
 */
export function* tiffEntries(file: Buffer): Generator<void> {
  const number = reader(file);
  const big = number(2, 2) === 43;
  const [word, countBytes, entryBytes] = big ? [8, 8, 20] : [4, 2, 12];
  const seen = new Set<number>(); // pages may go round
  let read = 0;
  for (let at = number(word, word); at > 0 && !seen.has(at); ) {
    seen.add(at);
    const first = at + countBytes;
    const end = first + number(at, countBytes) * entryBytes;
    for (let entry = first; entry < end && entry < file.length; entry += entryBytes) {
      yield;
      const size = number(entry + 4, word) * (VALUE[number(entry + 2, 2)] ?? 0);
      const value = entry + 4 + word; // itself, or where it is
      if (size > word) read += Math.max(0, Math.min(size, file.length - number(value, word)));
      if (read > MOST_READ * file.length) throw new Undecodable("the file's directories name its bytes many times over");
    }
    at = number(end, word);
  }
}

/** Reads whole numbers without a sign in the file's byte order; 0 beyond its end. */
function reader(file: Buffer): (at: number, bytes: number) => number {
  const little = file[0] === 0x49;
  return (at, bytes) => {
    if (at + bytes > file.length) return 0;
    if (bytes === 8) return Number(little ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at));
    return little ? file.readUIntLE(at, bytes) : file.readUIntBE(at, bytes);
  };
}
