import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { centerfaceInside } from "./centerface.js";
import { inPackage } from "./manifest.js";
import { RANGES_FILE, type Ranges } from "./ranges.js";
import { noTelemetry } from "./no-telemetry.js";

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
/** The detector takes sides that are multiples of this. */
const GRID = 32;
/** Significant digits of what is written: more would differ from processor to processor. */
const DIGITS = 3;

interface Planes {
  data: Float32Array;
  dims: readonly number[];
}

/** @vladmandic/face-api's six sample photos in several sizes, and close-ups; some mirrored or at half their brightness. */
export async function calibrationPictures(): Promise<Planes[]> {
  const demo = join(dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")), "demo");
  const photo = (sample: number) => sharp(join(demo, `sample${sample}.jpg`));
  const whole = FACES.flatMap(({ sample }) => SIZES.map((size) => photo(sample).resize(size, size, { fit: "inside" })));
  const close = FACES.flatMap(({ sample, left, top, size: face }) =>
    CLOSE_UPS.map(({ across, down, side, size }) => {
      const [x, y, width] = [left + across * face, top + down * face, side * face].map(Math.round);
      return photo(sample).extract({ left: Math.max(0, x), top: Math.max(0, y), width, height: width }).resize(size, size);
    }),
  );
  return Promise.all(
    [...whole, ...close].map(async (picture, i) => {
      const changed = picture.flop(i % 2 === 1).linear(i % 3 === 1 ? 0.5 : 1, 0);
      const { data, info } = await changed.raw().toBuffer({ resolveWithObject: true });
      return planes(data, info.width, info.height);
    }),
  );
}

/** How far the values inside CenterFace reach on these pictures. */
export async function rangesOn(pictures: readonly Planes[]): Promise<Ranges> {
  noTelemetry();
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const { model, values, equalised } = centerfaceInside(readFileSync(inPackage("models/centerface.onnx")));
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  /** Of each value the range of each channel. */
  const reached = new Map(values.map((value) => [value, [] as Range[]]));
  try {
    for (const { data, dims } of pictures) {
      const outputs = await session.run({ image: new Tensor("float32", data, dims) }, values);
      for (const [value, channels] of reached) widen(channels, outputs[value].data as Float32Array, outputs[value].dims[1]);
    }
  } finally {
    await session.release();
  }
  const ranges = [...reached].map(([value, channels]) => {
    const range: Range = [Math.min(...channels.map(([least]) => least)), Math.max(...channels.map(([, most]) => most))];
    return [value, { range, ...(equalised.includes(value) && { channels: channels.map(([, most]) => most) }) }] as const;
  });
  return Object.fromEntries(ranges);
}

type Range = [least: number, most: number];

function widen(ranges: Range[], numbers: Float32Array, channels: number): void {
  const area = numbers.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    let [least, most] = ranges[channel] ?? [0, 0];
    for (let i = channel * area; i < (channel + 1) * area; i++) {
      if (numbers[i] < least) least = numbers[i];
      if (numbers[i] > most) most = numbers[i];
    }
    ranges[channel] = [least, most];
  }
}

/** Planar, 0..255, black on the right and below up to the next multiple of the grid, as the detector pads pictures. */
function planes(raster: Uint8Array, width: number, height: number): Planes {
  const [columns, rows] = [width, height].map((side) => Math.ceil(side / GRID) * GRID);
  const data = new Float32Array(3 * rows * columns);
  raster.forEach((value, index) => {
    const pixel = Math.floor(index / 3);
    data[((index % 3) * rows + Math.floor(pixel / width)) * columns + (pixel % width)] = value;
  });
  return { data, dims: [1, 3, rows, columns] };
}

/** A line for each value. */
function asJson(ranges: Ranges): string {
  const short = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(DIGITS)) : value);
  const lines = Object.entries(ranges).map(([value, reach]) => `  ${JSON.stringify(value)}: ${JSON.stringify(reach, short)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** `node dist/src/models/calibrate.js` writes the ranges anew; the model's checksum in the manifest changes with them. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(inPackage(RANGES_FILE), asJson(await rangesOn(await calibrationPictures())));
}
