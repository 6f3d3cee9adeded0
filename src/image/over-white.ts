import type { Patch } from "./canvas.js";

/** Lays the transparent pixels of a patch with alpha over white, in place. */
export function overWhite({ data, width, height, stride }: Patch, premultiplied: boolean): void {
  for (let y = 0; y < height; y++) {
    for (let at = y * stride, end = at + 4 * width; at < end; at += 4) {
      const alpha = data[at + 3];
      if (alpha === 255) continue;
      for (let channel = at; channel < at + 3; channel++) {
        const colour = premultiplied ? data[channel] : (data[channel] * alpha) / 255;
        data[channel] = Math.min(255, Math.round(colour + 255 - alpha));
      }
    }
  }
}
