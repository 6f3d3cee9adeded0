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
    if (score >= minScore) found.push({ score, ...guess(bbox.subarray(cell * 4), kps.subarray(cell * 10), cell % columns, Math.floor(cell / columns), stride) });
  }
  return found;
}

/** @param points x and y of five; the person's right eye comes first: the picture's left one */
function guess([across, down, logWidth, logHeight]: Float32Array, points: Float32Array, column: number, row: number, stride: number): Pick<Detection, "box" | "points"> {
  const width = Math.exp(logWidth) * stride;
  const height = Math.exp(logHeight) * stride;
  const x = (column + across) * stride - width / 2;
  const y = (row + down) * stride - height / 2;
  const point = (i: number): Point => [(column + points[2 * i]) * stride, (row + points[2 * i + 1]) * stride];
  return { box: { x, y, width, height }, points: { leftEye: point(0), rightEye: point(1), nose: point(2), mouthLeft: point(3), mouthRight: point(4) } };
}
