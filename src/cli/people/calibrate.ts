import { writeFile } from "node:fs/promises";
import { forTerminalLine } from "../../events/terminal.js";
import type { RecognitionName } from "../../faces/engine.js";
import { calibrate } from "../../people/calibration.js";
import { distanceFor, type Survey, survey } from "../../people/calibration-survey.js";
import type { Gallery } from "../../people/gallery.js";
import { asDistance } from "../../people/matching.js";
import { rate } from "../../setting-values.js";
import { counted } from "../../summary.js";
import { type Command, UsageError } from "../command.js";
import { print, tell } from "../output.js";
import { progress } from "../progress.js";
import { histogramSvg } from "./histogram.js";
import { withGallery } from "./open.js";

/** Pairs of names that are asked about. */
const MOST_NAMED = 10;

export const command: Command = {
  summary: "distances within and between the people of the gallery, and the MATCH_DISTANCE for a share of strangers named",
  usage: "[--rate 0.01] [--svg FILE] [--json]",
  options: {
    rate: { type: "string", value: "SHARE", help: "of strangers that may be given a name, 0 to 1 (default FALSE_MATCH_RATE)" },
    svg: { type: "string", value: "FILE", help: "a histogram of the distances" },
    json: { type: "boolean", help: "the figures as one JSON object" },
  },
  async run({ config, options, paths }) {
    if (paths.length > 0) throw new UsageError("people calibrate takes no names: oss-faces people calibrate --rate 0.01");
    const share = rateOf(options.rate) ?? config.falseMatchRate;
    return withGallery(config, async (gallery) => {
      const found = await surveyed(gallery, config.recognition);
      const { strangers, within, doubles } = found;
      for (const pair of doubles.slice(0, MOST_NAMED)) tell(`One person under two names? ${forTerminalLine(pair.join(", "))}\n`);
      if (strangers.length === 0) {
        tell("Two people have to be enrolled at least: there is nobody to take for another.\n");
        return 1;
      }
      const isFew = strangers.length * share < 1;
      const matchDistance = isFew ? fromAuto(found, await gallery.count(), config.recognition, share) : distanceFor(share, strangers, config.recognition);
      const recognised = shareOf(within, (distance) => distance <= matchDistance);
      if (typeof options.svg === "string") await write(options.svg, histogramSvg(found, matchDistance, isFew ? undefined : share));
      const figures = { rate: share, matchDistance, strangers: strangers.length, sameWithin: recognised, within: quartiles(within), between: quartiles(strangers.map(([nearest]) => nearest.distance)) };
      print(options.json ? `${JSON.stringify(figures)}\n` : textOf(figures, within.length, isFew));
      return 0;
    }, { existing: true });
  },
};

/** What `auto` comes to for a face that is as far from everybody as most are; never more than keeps these strangers apart. */
function fromAuto({ strangers }: Survey, size: { people: number; photos: number }, recognition: RecognitionName, share: number): number {
  const { threshold, cap } = calibrate(strangers, { ...size, recognition }, share);
  return Math.floor(1000 * Math.min(cap, asDistance(threshold, recognition), distanceFor(share, strangers, recognition))) / 1000;
}

async function surveyed(gallery: Gallery, recognition: RecognitionName): Promise<Survey> {
  const shown = progress("photos", (await gallery.count()).photos);
  try {
    return await survey(gallery, recognition, shown.step);
  } finally {
    shown.end();
  }
}

/** @throws UsageError where it is no rate */
function rateOf(text: string | boolean | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return rate(String(text));
  } catch (error) {
    throw new UsageError(`--rate ${text}: ${(error as Error).message}`);
  }
}

async function write(file: string, svg: string): Promise<void> {
  await writeFile(file, svg).catch((error: Error) => {
    throw new UsageError(`${file}: ${error.message}`);
  });
}

function shareOf(values: readonly number[], is: (value: number) => boolean): number | undefined {
  return values.length === 0 ? undefined : values.filter(is).length / values.length;
}

interface Quartiles {
  quarter: number;
  median: number;
  threeQuarters: number;
}

function quartiles(values: readonly number[]): Quartiles | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => Math.round(1000 * sorted[Math.floor(part * (sorted.length - 1))]) / 1000;
  return { quarter: at(0.25), median: at(0.5), threeQuarters: at(0.75) };
}

interface Figures {
  rate: number;
  matchDistance: number;
  strangers: number;
  sameWithin?: number;
  within?: Quartiles;
  between?: Quartiles;
}

function textOf({ rate: share, matchDistance, strangers, sameWithin, within, between }: Figures, photos: number, isFew: boolean): string {
  const said = ({ quarter, median, threeQuarters }: Quartiles) => `median ${median}, half of them from ${quarter} to ${threeQuarters}`;
  const percent = (value: number) => `${Number((100 * value).toPrecision(3))} %`;
  const lines = [
    within ? `to the nearest photo of the same person: ${said(within)} (${counted(photos, "photo")})` : "to the nearest photo of the same person: not known, everybody has one photo",
    `to the nearest other person:             ${said(between!)} (${counted(strangers, "photo")})`,
    isFew
      ? `Of ${counted(strangers, "photo")} a share of ${percent(share)} cannot be told. MATCH_DISTANCE=${matchDistance} is about what auto comes to with what is known of faces beside; auto, the default, does better.`
      : `MATCH_DISTANCE=${matchDistance} names ${percent(share)} of strangers at most`,
  ];
  if (sameWithin !== undefined) lines.push(`and ${percent(sameWithin)} of the photos are that near to another one of the same person`);
  return `${lines.join("\n")}\n`;
}
