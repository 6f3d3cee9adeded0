import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sourcePath } from "./build.js";
import { calibrationChips, calibrationPictures, type Planes } from "./calibration-pictures.js";
import { centerfaceInside } from "./centerface.js";
import { descriptorInside } from "./descriptor-8bit.js";
import { inPackage, modelEntry } from "./manifest.js";
import { noTelemetry } from "./no-telemetry.js";
import { type Calibrated, type Inside, type Ranges, rangesFile } from "./ranges.js";
import { readWeights } from "./weights.js";

/** Significant digits of what is written: more would differ from processor to processor. */
const DIGITS = 3;

interface Calibration {
  inside: () => Inside;
  pictures: () => Promise<Planes[]>;
  /**
   * The share of the numbers at either end of each picture's that ranges leave out: with few far ones cut off, the
   * descriptor's other numbers are a fifth nearer to what they were. Where a face fills the picture the detector needs all.
   */
  cut: number;
}

const CALIBRATIONS: Record<Calibrated, Calibration> = {
  centerface: { inside: () => centerfaceInside(readFileSync(source("centerface"))), pictures: calibrationPictures, cut: 0 },
  descriptor: { inside: () => descriptorInside(readWeights(source("descriptor"))), pictures: calibrationChips, cut: 2e-4 },
};

function source(model: Calibrated): string {
  const entry = modelEntry(model);
  return sourcePath(entry, entry.source[0].file);
}

/** How far the values inside a model reach on pictures; on all that it is calibrated with where none are given. */
export async function rangesOf(model: Calibrated, pictures?: readonly Planes[]): Promise<Ranges> {
  noTelemetry();
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const { inside, pictures: all, cut } = CALIBRATIONS[model];
  const { model: file, input, values, equalised } = inside();
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  /** Of each value the range of each channel where it is equalised, else of all. */
  const reached = new Map(values.map((value) => [value, [] as Range[]]));
  try {
    for (const { data, dims } of pictures ?? (await all())) {
      const outputs = await session.run({ [input]: new Tensor("float32", data, dims) }, values);
      for (const [value, ranges] of reached) widen(ranges, outputs[value].data as Float32Array, equalised.includes(value) ? outputs[value].dims[1] : 1, cut);
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

function widen(ranges: Range[], numbers: Float32Array, parts: number, cut: number): void {
  const length = numbers.length / parts;
  for (let part = 0; part < parts; part++) {
    const sorted = numbers.slice(part * length, (part + 1) * length).sort();
    const left = Math.floor(cut * (length - 1));
    const [least, most] = ranges[part] ?? [0, 0];
    ranges[part] = [Math.min(least, sorted[left]), Math.max(most, sorted[length - 1 - left])];
  }
}

/** A line for each value. */
function asJson(ranges: Ranges): string {
  const short = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(DIGITS)) : value);
  const lines = Object.entries(ranges).map(([value, reach]) => `  ${JSON.stringify(value)}: ${JSON.stringify(reach, short)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** `node dist/src/models/calibrate.js` writes the ranges anew; the models' checksums in the manifest change with them. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const model of Object.keys(CALIBRATIONS) as Calibrated[]) writeFileSync(inPackage(rangesFile(model)), asJson(await rangesOf(model)));
}
