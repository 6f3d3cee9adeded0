import type { Raster } from "../../image/picture.js";
import { resize } from "../../image/resize.js";
import { overlap, suppress, type Detection, type Point } from "../geometry.js";
import type { Model, Values } from "./session.js";

/** Sides of the input are multiples of this: five times the network halves them. */
const GRID = 32;
/** Pixels of the input for one cell of the outputs. */
const STRIDE = 4;
/** Small pictures are enlarged this much at most: beyond it there is nothing more to see. */
const MAX_ENLARGEMENT = 2;
/** Boxes that overlap by this much are one face. */
const SAME_FACE = 0.3;
/** Boxes that overlap by this much see the face alike. */
const SAME_BOX = 0.7;

/**
 * Finds faces with CenterFace: every cell of its heat map is a guess at a face's centre, with the face's size, the
 * centre's offset in the cell and five points.
 * Source: Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019.
 * @param detectSize longer side of the picture that the network sees, pixels
 * @returns faces of at least this score, best first, in pixels of `picture`; boxes may reach beyond it
 */
export async function findFaces(centerface: Model, picture: Raster, detectSize: number, minScore: number): Promise<Detection[]> {
  const factor = Math.min(detectSize / Math.max(picture.width, picture.height), MAX_ENLARGEMENT);
  const width = Math.max(1, Math.round(picture.width * factor));
  const height = Math.max(1, Math.round(picture.height * factor));
  const outputs = await centerface.run(networkInput(await resize(picture, width, height)));
  return suppress(decode(outputs, minScore), SAME_FACE).map((group) =>
    scale(agreed(group), picture.width / width, picture.height / height),
  );
}

/** Planar RGB, 0..255, black on the right and below up to the next multiple of 32. */
function networkInput({ data, width, height }: Raster): Values {
  const columns = Math.ceil(width / GRID) * GRID;
  const rows = Math.ceil(height / GRID) * GRID;
  const plane = columns * rows;
  const planes = new Float32Array(3 * plane);
  for (let y = 0, source = 0; y < height; y++) {
    for (let out = y * columns, end = out + width; out < end; out++, source += 3) {
      planes[out] = data[source];
      planes[out + plane] = data[source + 1];
      planes[out + 2 * plane] = data[source + 2];
    }
  }
  return { data: planes, dims: [1, 3, rows, columns] };
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

/**
 * Neighbouring cells often score a face alike but size it differently, and which of them wins is decided by noise:
 * the mean of those that agree with the best, weighted by score, moves less than the best alone.
 */
function agreed([best, ...others]: [Detection, ...Detection[]]): Detection {
  const voters = [best, ...others.filter(({ box }) => overlap(box, best.box) >= SAME_BOX)];
  const total = voters.reduce((sum, { score }) => sum + score, 0);
  const mean = (value: (voter: Detection) => number) => voters.reduce((sum, voter) => sum + voter.score * value(voter), 0) / total;
  const point = (name: keyof Detection["points"]): Point => [mean(({ points }) => points[name][0]), mean(({ points }) => points[name][1])];
  return {
    box: { x: mean(({ box }) => box.x), y: mean(({ box }) => box.y), width: mean(({ box }) => box.width), height: mean(({ box }) => box.height) },
    score: best.score,
    points: { leftEye: point("leftEye"), rightEye: point("rightEye"), nose: point("nose"), mouthLeft: point("mouthLeft"), mouthRight: point("mouthRight") },
  };
}

/** A detection in pixels of the picture that was resized by these factors' inverses. */
function scale({ box, score, points }: Detection, across: number, down: number): Detection {
  const move = ([x, y]: Point): Point => [x * across, y * down];
  return {
    box: { x: box.x * across, y: box.y * down, width: box.width * across, height: box.height * down },
    score,
    points: {
      leftEye: move(points.leftEye),
      rightEye: move(points.rightEye),
      nose: move(points.nose),
      mouthLeft: move(points.mouthLeft),
      mouthRight: move(points.mouthRight),
    },
  };
}
