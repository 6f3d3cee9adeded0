import type { Detection, Point } from "../geometry.js";
import type { Detector } from "./look.js";
import { BGR, networkInput } from "./network-input.js";
import type { Model, Values } from "./session.js";

/** Pixels of the input for one cell of each of the three grids: small, middling and large faces. */
const STRIDES = [8, 16, 32];

/**
 * The detector YuNet: every cell of its three grids is a guess at a face: its score, box and five points.
 * Source: Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023; the same arithmetic as OpenCV's FaceDetectorYN.
 */
export function yunet(model: Model): Detector {
  return async (raster, minScore) => {
    const input = networkInput(model, raster, BGR);
    const [, , , width] = input.dims;
    const outputs = await model.run(input);
    return STRIDES.flatMap((stride) => decode(outputs, stride, width / stride, minScore));
  };
}

/** Detections in pixels of the network's input. */
function decode(outputs: Record<string, Values>, stride: number, columns: number, minScore: number): Detection[] {
  const [cls, obj, bbox, kps] = ["cls", "obj", "bbox", "kps"].map((name) => outputs[`${name}_${stride}`].data);
  const found: Detection[] = [];
  for (let cell = 0; cell < cls.length; cell++) {
    const score = Math.sqrt(cls[cell] * obj[cell]);
    if (score < minScore) continue;
    const column = cell % columns;
    const row = Math.floor(cell / columns);
    const [across, down, logWidth, logHeight] = bbox.subarray(cell * 4);
    const width = Math.exp(logWidth) * stride;
    const height = Math.exp(logHeight) * stride;
    const x = (column + across) * stride - width / 2;
    const y = (row + down) * stride - height / 2;
    // The person's right eye comes first: the picture's left one.
    const [leftEye, rightEye, nose, mouthLeft, mouthRight] = Array.from({ length: 5 }, (_, i): Point => {
      const at = cell * 10 + 2 * i;
      return [(column + kps[at]) * stride, (row + kps[at + 1]) * stride];
    });
    found.push({ box: { x, y, width, height }, score, points: { leftEye, rightEye, nose, mouthLeft, mouthRight } });
  }
  return found;
}
