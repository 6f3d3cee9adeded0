import type { Patch } from "./canvas.js";

/** One channel of a picture, as it stands in memory; width and height in samples, stride in bytes. */
export interface Plane {
  data: Uint8Array;
  width: number;
  height: number;
  stride: number;
  /** Of each sample. */
  bytes: number;
}

/** The part of a block that is looked at, in pixels; right and bottom are not in it. */
export interface Block {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The smallest blocks that HEVC codes as one (ISO/IEC 23008-2: CtbSizeY is 16, 32 or 64). */
const BLOCK = 16;
/** Its edges may be mixed with its neighbours'. */
const EDGE = 4;

/** Green of YCbCr 0, 0, 0 (red and blue are 0) by the matrices of BT.601, BT.709 and BT.2020, full and limited range. */
const GREENS = new Set([135, 136, 83, 84, 76, 77, 94, 95, 88, 89]);

/**
 * The blocks of a patch that were perhaps never decoded. Where damaged data seem to end early, libde265 goes on without
 * a word (libheif's strict decoding changes nothing): blocks keep the zeros that were in memory, which come out as an
 * even green. No photo has it, but a drawing may: `hasGaps` tells.
 */
export function greenBlocks({ data, width, height, stride, channels }: Patch): Block[] {
  const found: Block[] = [];
  const isGreen = (x: number, y: number, green: number) => {
    const at = y * stride + x * channels;
    return data[at] === 0 && data[at + 1] === green && data[at + 2] === 0;
  };
  for (let y = 0; y < height; y += BLOCK) {
    for (let x = 0; x < width; x += BLOCK) {
      // A block that hangs over the right or lower edge: what is seen of it.
      const [left, top] = [Math.min(x + EDGE, width - 1), Math.min(y + EDGE, height - 1)];
      const green = data[top * stride + left * channels + 1];
      if (!GREENS.has(green) || !isGreen(left, top, green)) continue;
      const [right, bottom] = [Math.min(x + BLOCK - EDGE, width), Math.min(y + BLOCK - EDGE, height)];
      if (right - left < EDGE || bottom - top < EDGE) continue;
      let even = true;
      for (let row = top; even && row < bottom; row++) {
        for (let column = left; even && column < right; column++) even = isGreen(column, row, green);
      }
      if (even) found.push({ left, top, right, bottom });
    }
  }
  return found;
}

/**
 * Whether one of the blocks was never decoded: its samples are zero in all three channels. That is no colour: Y, Cb, Cr
 * of 0, 0, 0 lie far outside of RGB in full range, and are not allowed in limited range.
 * @param full size of the patch, pixels
 * @param coded its channels Y, Cb, Cr; fewer where it is not coded so: then there is nothing to tell by
 */
export function hasGaps(blocks: Block[], full: { width: number; height: number }, coded: Plane[]): boolean {
  return coded.length === 3 && blocks.some((block) => coded.every((plane) => isZero(plane, block, full)));
}

/** Channels of colour may have half as many samples across, and down, as the picture has pixels. */
function isZero({ data, width, height, stride, bytes }: Plane, { left, top, right, bottom }: Block, full: { width: number; height: number }): boolean {
  const [across, down] = [width / full.width, height / full.height];
  for (let y = Math.floor(top * down); y < bottom * down; y++) {
    const row = data.subarray(y * stride + Math.floor(left * across) * bytes, y * stride + Math.ceil(right * across) * bytes);
    if (row.some((sample) => sample !== 0)) return false;
  }
  return true;
}
