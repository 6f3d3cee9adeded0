import type { Patch } from "./canvas.js";

/** The smallest blocks that HEVC codes as one (ISO/IEC 23008-2: CtbSizeY is 16, 32 or 64). */
const BLOCK = 16;
/** Its edges may be mixed with its neighbours'. */
const EDGE = 4;

/** Green of YCbCr 0, 0, 0 (red and blue are 0) by the matrices of BT.601, BT.709 and BT.2020, full and limited range. */
const GREENS = new Set([135, 136, 83, 84, 76, 77, 94, 95, 88, 89]);

/**
 * Whether parts of a patch were never decoded. Where damaged data seem to end early, libde265 goes on without a word
 * (libheif's strict decoding changes nothing): blocks keep the zeros they began with, an even green that no photo has.
 */
export function hasGaps({ data, width, height, stride, channels }: Patch): boolean {
  const isGap = (x: number, y: number, green: number) => {
    const at = y * stride + x * channels;
    return data[at] === 0 && data[at + 1] === green && data[at + 2] === 0;
  };
  for (let top = 0; top < height; top += BLOCK) {
    for (let left = 0; left < width; left += BLOCK) {
      // A block that hangs over the right or lower edge: what is seen of it.
      const [x, y] = [Math.min(left + EDGE, width - 1), Math.min(top + EDGE, height - 1)];
      const green = data[y * stride + x * channels + 1];
      if (!GREENS.has(green) || !isGap(x, y, green)) continue;
      const [right, bottom] = [Math.min(left + BLOCK - EDGE, width), Math.min(top + BLOCK - EDGE, height)];
      if (right - x < EDGE || bottom - y < EDGE) continue;
      let even = true;
      for (let row = y; even && row < bottom; row++) {
        for (let column = x; even && column < right; column++) even = isGap(column, row, green);
      }
      if (even) return true;
    }
  }
  return false;
}
