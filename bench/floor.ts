import { openModel } from "../src/faces/onnx/session.js";
import { modelPath } from "../src/models/manifest.js";
import { createOnnxEngine } from "../src/faces/onnx/engine.js";
import { modelPaths } from "../src/faces/engine-info.js";
import { decodePicture, WORKING_SIZE } from "../src/image/decode.js";
import { loadSharp } from "../src/image/sharp.js";

/** Landmarks and descriptors, as face-api's users take them. */
export const OPTIONS = { details: ["landmarks", "descriptor"] as const, recognition: "single" as const, detectSize: 512, minScore: 0.5, minFace: 0 };

/** How sharp decodes in the cheapest way. */
export const CHEAPEST = { ignoreIcc: true, sequentialRead: true };

/** Inputs are multiples of this. */
const GRID = 32;

/**
 * What no engine can be faster than with these models: the JPEG to pixels, and each model once on an input of the size
 * it gets for that photo, with nothing made of what it says. Two chips a face: upright and mirrored.
 */
export async function createFloor(): Promise<(bytes: Uint8Array<ArrayBuffer>) => Promise<number>> {
  const sharp = await loadSharp();
  const [centerface, landmarks, descriptor, descriptor8bit] = await Promise.all(["centerface", "landmarks", "descriptor", "descriptor-8bit"].map((name) => openModel(modelPath(name))));
  const engine = await createOnnxEngine(OPTIONS, modelPaths(OPTIONS));
  /** Faces and size of each photo, by its length in bytes: asked for once, in the warm-up. */
  const known = new Map<number, { faces: number; rows: number; columns: number }>();

  return async (bytes) => {
    let photo = known.get(bytes.length);
    if (!photo) {
      const picture = await decodePicture(bytes, { maxPixels: 1e9, workingSize: WORKING_SIZE });
      const { width, height } = picture.working;
      const side = (pixels: number) => Math.ceil((pixels * OPTIONS.detectSize) / Math.max(width, height) / GRID) * GRID;
      known.set(bytes.length, (photo = { faces: (await engine.find(picture)).length, rows: side(height), columns: side(width) }));
    }
    await sharp(bytes, CHEAPEST).raw().toBuffer();
    const { faces, rows, columns } = photo;
    for (const [model, dims] of [
      [centerface, [1, 3, rows, columns]],
      [landmarks, [faces, 3, 112, 112]],
      [descriptor, [faces, 3, 150, 150]],
      [descriptor8bit, [faces, 3, 150, 150]],
    ] as const) {
      await model.run({ data: model.input(dims.reduce((product, size) => product * size, 1)), dims });
    }
    return faces;
  };
}
