import { access, constants, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../config.js";
import { BadInput } from "../errors.js";
import type { RecognitionName } from "../faces/engine.js";
import { detectionText, precisionRecallPlot } from "../evaluation/detection-report.js";
import { evaluateDetection, LOWEST_SCORE } from "../evaluation/detection-run.js";
import { parseLabels } from "../evaluation/labels.js";
import { parsePairs } from "../evaluation/pairs.js";
import type { Analyse, Failed, RunFigures } from "../evaluation/run.js";
import { rocPlot, verificationText } from "../evaluation/verification-report.js";
import { evaluateVerification } from "../evaluation/verification-run.js";
import { analysePictures } from "./analyse.js";
import { type Command, UsageError } from "./command.js";
import { print, tell } from "./output.js";

/** Failed pictures named on stderr; --json has them all. */
const MOST_NAMED = 20;

export const command: Command = {
  summary: "accuracy on your own labelled pictures, with the engine as the settings say",
  usage: "(--detect LABELS.json | --pairs FILE) ROOT [--plot FILE] [--json]",
  options: {
    detect: { type: "string", value: "LABELS.json", help: `AP, recall, precision, false faces; [[file, width|0, height|0, [[class, x0, y0, x1, y1] or [class, x, y], …]], …]; the engine is asked for faces from score ${LOWEST_SCORE} on, whatever MIN_SCORE, so that the curve is whole` },
    pairs: { type: "string", value: "FILE", help: "accuracy, TAR and FAR of telling whether two pictures show one person, by the descriptors that a gallery would have unless RECOGNITION says otherwise; as LFW's pairs.txt" },
    plot: { type: "string", value: "FILE", help: "SVG file for the plot (default precision-recall.svg or roc.svg)" },
    json: { type: "boolean", help: "the figures as one JSON object" },
  },
  async run({ config, options, paths: [root, ...more] }) {
    const { detect, pairs, plot } = options;
    if ((detect === undefined) === (pairs === undefined) || root === undefined || more.length > 0) {
      throw new UsageError("evaluate needs labels or pairs, and one folder: oss-faces evaluate --detect LABELS.json ROOT, or --pairs FILE ROOT");
    }
    const stats = await stat(root).catch(() => undefined);
    if (!stats?.isDirectory()) throw new UsageError(`${root}: there is no such folder`);
    const plotFile = await writable(String(plot ?? (detect === undefined ? "roc.svg" : "precision-recall.svg")));
    const { figures, text, svg } = detect === undefined ? await onPairs(String(pairs), root, { ...config, recognition: config.comparedBy }) : await onLabels(String(detect), root, config);
    if (svg !== undefined) await writeFile(plotFile, svg);
    tell(failuresText(figures.failed));
    const written = svg === undefined ? {} : { plot: plotFile };
    print(options.json ? `${JSON.stringify({ ...figures, ...written }, withoutCurves)}\n` : `${text}\n${svg === undefined ? "no plot: there is nothing to draw" : `plot: ${plotFile}`}\n`);
    return figures.failed.length > 0 ? 1 : 0;
  },
};

/** Curves are in the plot; as numbers they are thousands of lines. */
function withoutCurves(key: string, value: unknown): unknown {
  return key === "curve" || key === "roc" ? undefined : value;
}

interface Evaluated {
  figures: RunFigures & { recognition?: RecognitionName };
  text: string;
  /** The plot; undefined where there is nothing to draw. */
  svg: string | undefined;
}

async function onLabels(file: string, root: string, config: Config): Promise<Evaluated> {
  const labels = await parsed(file, parseLabels);
  const asked: Config = { ...config, minScore: Math.min(config.minScore, LOWEST_SCORE), details: [] };
  const figures = await evaluateDetection(labels, root, config.minScore, analyseWith(asked));
  return { figures, text: detectionText(figures), svg: precisionRecallPlot(figures) };
}

async function onPairs(file: string, root: string, config: Config): Promise<Evaluated> {
  const folds = await parsed(file, parsePairs);
  const figures = await evaluateVerification(folds, root, analyseWith({ ...config, details: ["descriptor"] }));
  return { figures: { ...figures, recognition: config.recognition }, text: `compared with RECOGNITION=${config.recognition}\n${verificationText(figures)}`, svg: rocPlot(figures) };
}

function analyseWith(config: Config): Analyse {
  return (files, take) => analysePictures(files, { ...config, gallery: undefined }, take);
}

/** @throws UsageError where the file cannot be read or is not in its form */
async function parsed<T>(file: string, parse: (text: string) => T): Promise<T> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new UsageError(`${file}: ${error.message}`);
  });
  try {
    return parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw error instanceof BadInput ? new UsageError(`${file}: ${error.message}`) : error;
  }
}

/** Known before the pictures are analysed, which may take long. */
async function writable(file: string): Promise<string> {
  await access(dirname(file)).catch(() => {
    throw new UsageError(`${file}: there is no such folder`);
  });
  const there = await access(file).then(() => true, () => false);
  await access(there ? file : dirname(file), constants.W_OK).catch(() => {
    throw new UsageError(`${file}: the plot cannot be written there: --plot names another file`);
  });
  return file;
}

function failuresText(failed: Failed[]): string {
  const lines = failed.slice(0, MOST_NAMED).map(({ file, code, message }) => `failed ${file}: ${code}: ${message}\n`);
  return lines.join("") + (failed.length > MOST_NAMED ? `and ${failed.length - MOST_NAMED} more failed\n` : "");
}
