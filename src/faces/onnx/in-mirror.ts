import type { Raster } from "../../image/picture.js";
import type { Detection, Point } from "../geometry.js";
import type { Detector } from "./look.js";

/**
 * The detector as it sees a raster in the mirror: faces look the same to it there, much of what it takes for one does
 * not. What it finds is given as it is in the raster itself.
 */
export function inMirror(detector: Detector): Detector {
  return async (raster, minScore) => (await detector(mirrored(raster), minScore)).map((guess) => unmirrored(guess, raster.width));
}

function mirrored({ data, width, height }: Raster): Raster {
  const swapped = new Uint8Array(data.length);
  for (let row = 0, from = 0; row < height; row++) {
    for (let to = (row + 1) * width * 3 - 3; to >= row * width * 3; to -= 3, from += 3) {
      swapped[to] = data[from];
      swapped[to + 1] = data[from + 1];
      swapped[to + 2] = data[from + 2];
    }
  }
  return { data: swapped, width, height };
}

function unmirrored({ box, score, points: { leftEye, rightEye, nose, mouthLeft, mouthRight } }: Detection, width: number): Detection {
  const back = ([x, y]: Point): Point => [width - x, y];
  return {
    box: { ...box, x: width - box.x - box.width },
    score,
    points: { leftEye: back(rightEye), rightEye: back(leftEye), nose: back(nose), mouthLeft: back(mouthRight), mouthRight: back(mouthLeft) },
  };
}
