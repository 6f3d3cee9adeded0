import type { Detection, Point } from "../geometry.js";
import type { Detector } from "./look.js";
import { networkInput, RGB } from "./network-input.js";
import type { Model, Values } from "./session.js";

/** Pixels of the input for one cell of the outputs. */
const STRIDE = 4;

/**
 * The detector CenterFace: every cell of its heat map is a guess at a face's centre, with the face's size, the
 * centre's offset in the cell and five points.
 * Source: Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019.
 */
export function centerface(model: Model): Detector {
  return async (raster, minScore) => decode(await model.run(networkInput(model, raster, RGB)), minScore);
}

/** Detections in pixels of the network's input. */
function decode(outputs: Record<string, Values>, minScore: number): Detection[] {
  const heatmap = outputs.heatmap.data;
  const found: Detection[] = [];
  // Most cells are none: what is made for each of them, contexts of closures too, is garbage by the megabyte.
  for (let cell = 0; cell < heatmap.length; cell++) {
    if (heatmap[cell] >= minScore) found.push(guess(outputs, cell));
  }
  return found;
}

function guess({ heatmap, scale, offset, points }: Record<string, Values>, cell: number): Detection {
  const [, , rows, columns] = heatmap.dims;
  const cells = rows * columns;
  const height = Math.exp(scale.data[cell]) * STRIDE;
  const width = Math.exp(scale.data[cells + cell]) * STRIDE;
  const y = (Math.floor(cell / columns) + offset.data[cell] + 0.5) * STRIDE - height / 2;
  const x = ((cell % columns) + offset.data[cells + cell] + 0.5) * STRIDE - width / 2;
  const point = (i: number): Point => [x + points.data[(2 * i + 1) * cells + cell] * width, y + points.data[2 * i * cells + cell] * height];
  return { box: { x, y, width, height }, score: heatmap.data[cell], points: { leftEye: point(0), rightEye: point(1), nose: point(2), mouthLeft: point(3), mouthRight: point(4) } };
}
