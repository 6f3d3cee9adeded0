import { Undecodable } from "../errors.js";
import { emptyTiff } from "./tiff.js";

/** 8-bit pixels that stand somewhere in memory: RGB, or RGBA whose last channel is not looked at. */
export interface Patch {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 3 | 4;
  /** Bytes from one row to the next. */
  stride: number;
}

/** The sum of so many samples of 8 bits fits 16 bits. */
const MOST = 257;

/**
 * A picture that is put together of patches and shrunk by about a whole number meanwhile (each pixel is the mean of
 * those it stands for), so that a large one is never held whole.
 */
export class Canvas {
  readonly #full: { width: number; height: number };
  readonly #width: number;
  readonly #height: number;
  readonly #file: Buffer;
  readonly #pixels: Buffer;
  /** Of each column and row of the full picture, the one of ours that it falls into. */
  readonly #columns: Uint32Array;
  readonly #rows: Uint32Array;
  /** Undefined where nothing is shrunk. */
  readonly #sums: Uint16Array | undefined;
  #missing: number;

  /**
   * @param full size of the picture, pixels
   * @param enough what its longer side may be shrunk to, not below; pixels
   * @param orientation how it is to be turned, as EXIF says it
   * @param icc the profile of its colours
   */
  constructor(full: { width: number; height: number }, enough: number, orientation: number, icc?: Buffer) {
    let factor = Math.max(1, Math.floor(Math.max(full.width, full.height) / enough));
    const shrunk = (side: number) => Math.max(1, Math.floor(side / factor));
    // A pixel may stand for more than factor x factor: those of a strip of 29 rows, shrunk by 15, have all 29 under them.
    const largest = (side: number) => Math.ceil(side / shrunk(side));
    while (largest(full.width) * largest(full.height) > MOST) factor--;
    const [width, height] = [shrunk(full.width), shrunk(full.height)];
    this.#full = full;
    this.#missing = full.width * full.height;
    this.#width = width;
    this.#height = height;
    this.#columns = cells(full.width, width);
    this.#rows = cells(full.height, height);
    ({ file: this.#file, pixels: this.#pixels } = emptyTiff(width, height, orientation, icc));
    if (factor > 1) this.#sums = new Uint16Array(width * height * 3);
  }

  /** Lays a patch down, its corner at `left`, `top` of the full picture; what hangs over the edges is left out. */
  add(patch: Patch, left: number, top: number): void {
    const fromX = Math.max(0, -left);
    const fromY = Math.max(0, -top);
    const toX = Math.min(patch.width, this.#full.width - left);
    const toY = Math.min(patch.height, this.#full.height - top);
    this.#missing -= Math.max(0, toX - fromX) * Math.max(0, toY - fromY);
    if (toX <= fromX) return;
    for (let y = fromY; y < toY; y++) {
      const row = patch.data.subarray(y * patch.stride + fromX * patch.channels, y * patch.stride + toX * patch.channels);
      if (this.#sums) this.#sum(this.#sums, row, patch.channels, left + fromX, top + y);
      else this.#copy(row, patch.channels, left + fromX, top + y);
    }
  }

  #copy(row: Uint8Array, channels: number, x: number, y: number): void {
    let to = 3 * (y * this.#width + x);
    if (channels === 3) this.#pixels.set(row, to);
    else {
      for (let from = 0; from < row.length; from += 4) {
        this.#pixels[to++] = row[from];
        this.#pixels[to++] = row[from + 1];
        this.#pixels[to++] = row[from + 2];
      }
    }
  }

  #sum(sums: Uint16Array, row: Uint8Array, channels: number, x: number, y: number): void {
    const start = this.#rows[y] * this.#width;
    for (let from = 0; from < row.length; from += channels, x++) {
      const to = 3 * (start + this.#columns[x]);
      sums[to] += row[from];
      sums[to + 1] += row[from + 1];
      sums[to + 2] += row[from + 2];
    }
  }

  /**
   * The picture as an uncompressed TIFF file.
   * @throws Undecodable where patches are missing: a black part is not a part without faces
   */
  finish(): Buffer {
    if (this.#missing > 0) throw new Undecodable(`${this.#missing} pixels of the picture are not in the file`);
    const sums = this.#sums;
    if (sums === undefined) return this.#file;
    const across = sizes(this.#columns, this.#width);
    const down = sizes(this.#rows, this.#height);
    for (let y = 0, at = 0; y < this.#height; y++) {
      for (let x = 0; x < this.#width; x++) {
        const count = across[x] * down[y];
        for (let channel = 0; channel < 3; channel++, at++) this.#pixels[at] = (sums[at] + count / 2) / count;
      }
    }
    return this.#file;
  }
}

/** Divides `from` pixels in a row evenly among `to`. */
function cells(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: from }, (_, at) => Math.floor((at * to) / from));
}

function sizes(cellOf: Uint32Array, count: number): Uint32Array {
  const found = new Uint32Array(count);
  for (const cell of cellOf) found[cell]++;
  return found;
}
