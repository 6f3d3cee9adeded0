import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import sharp, { type Sharp } from "sharp";

/** Longer sides of the pictures, pixels: faces of many sizes. */
const SIZES = [512, 384, 256];
/** A square around a face of each sample photo, pixels. */
export const FACES = [
  { sample: 1, left: 382, top: 355, size: 240 },
  { sample: 2, left: 1423, top: 153, size: 242 },
  { sample: 3, left: 549, top: 329, size: 271 },
  { sample: 4, left: 216, top: 185, size: 245 },
  { sample: 5, left: 1353, top: 390, size: 271 },
  { sample: 6, left: 1134, top: 305, size: 280 },
];
/**
 * Faces that fill the picture or are cut by it, which move the values inside the furthest: where the picture begins and
 * how large it is, in sides of the square.
 */
const CLOSE_UPS = [
  { across: 0, down: 0, side: 1, size: 512 },
  { across: 0.2, down: 0.2, side: 0.6, size: 512 },
  { across: 0, down: 0.4, side: 0.9, size: 384 },
  { across: 0.4, down: 0, side: 0.9, size: 384 },
  { across: -0.2, down: -0.3, side: 0.9, size: 512 },
  { across: -0.4, down: -0.4, side: 1.8, size: 512 },
];
/** About what dlib's chip shows of such a face, in sides of the square: where it begins and how large it is. */
const CHIPS = [
  { across: -0.1, down: -0.1, side: 1.2 },
  { across: -0.05, down: -0.15, side: 1.2 },
  { across: 0, down: 0, side: 1 },
  { across: -0.2, down: -0.2, side: 1.4 },
  { across: -0.15, down: -0.05, side: 1.2 },
  { across: -0.05, down: -0.05, side: 1.1 },
].map((part) => ({ ...part, size: 150 }));
/** The detector takes sides that are multiples of this. */
const GRID = 32;
/** A network's input. */
export interface Planes {
  data: Float32Array;
  dims: readonly number[];
}

/** For the detector: @vladmandic/face-api's six sample photos in several sizes, and close-ups. */
export function calibrationPictures(): Promise<Planes[]> {
  const whole = FACES.flatMap(({ sample }) => SIZES.map((size) => photo(sample).resize(size, size, { fit: "inside" })));
  return inSeveralLights([...whole, ...closeUps(CLOSE_UPS)]);
}

/** For the descriptor: faces in those photos, about as large in a square as the network sees them. */
export function calibrationChips(): Promise<Planes[]> {
  return inSeveralLights(closeUps(CHIPS), 1);
}

function photo(sample: number): Sharp {
  const demo = join(dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")), "demo");
  return sharp(join(demo, `sample${sample}.jpg`));
}

function closeUps(parts: readonly { across: number; down: number; side: number; size: number }[]): Sharp[] {
  return FACES.flatMap(({ sample, left, top, size: face }) =>
    parts.map(({ across, down, side, size }) => {
      const [x, y, width] = [left + across * face, top + down * face, side * face].map(Math.round);
      return photo(sample).extract({ left: Math.max(0, x), top: Math.max(0, y), width, height: width }).resize(size, size);
    }),
  );
}

/** Some mirrored or at half their brightness. @param grid sides are multiples of this */
function inSeveralLights(pictures: Sharp[], grid = GRID): Promise<Planes[]> {
  return Promise.all(
    pictures.map(async (picture, i) => {
      const changed = picture.flop(i % 2 === 1).linear(i % 3 === 1 ? 0.5 : 1, 0);
      const { data, info } = await changed.raw().toBuffer({ resolveWithObject: true });
      return planes(data, info.width, info.height, grid);
    }),
  );
}

/** Planar, 0..255, black on the right and below up to the next multiple of the grid, as the detector pads pictures. */
function planes(raster: Uint8Array, width: number, height: number, grid: number): Planes {
  const [columns, rows] = [width, height].map((side) => Math.ceil(side / grid) * grid);
  const data = new Float32Array(3 * rows * columns);
  raster.forEach((value, index) => {
    const pixel = Math.floor(index / 3);
    data[((index % 3) * rows + Math.floor(pixel / width)) * columns + (pixel % width)] = value;
  });
  return { data, dims: [1, 3, rows, columns] };
}
