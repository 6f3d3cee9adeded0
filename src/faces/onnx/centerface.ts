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
  const [, , rows, columns] = outputs.heatmap.dims;
  const cells = rows * columns;
  const found: Detection[] = [];
  for (let cell = 0; cell < cells; cell++) {
    if (heatmap[cell] < minScore) continue;
    const height = Math.exp(outputs.scale.data[cell]) * STRIDE;
    const width = Math.exp(outputs.scale.data[cells + cell]) * STRIDE;
    const y = (Math.floor(cell / columns) + outputs.offset.data[cell] + 0.5) * STRIDE - height / 2;
    const x = ((cell % columns) + outputs.offset.data[cells + cell] + 0.5) * STRIDE - width / 2;
    const [leftEye, rightEye, nose, mouthLeft, mouthRight] = Array.from({ length: 5 }, (_, i): Point => {
      const down = outputs.points.data[2 * i * cells + cell];
      const across = outputs.points.data[(2 * i + 1) * cells + cell];
      return [x + across * width, y + down * height];
    });
    found.push({ box: { x, y, width, height }, score: heatmap[cell], points: { leftEye, rightEye, nose, mouthLeft, mouthRight } });
  }
  return found;
}
