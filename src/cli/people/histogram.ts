import { plotSvg } from "../../evaluation/plot.js";
import type { Survey } from "../../people/calibration-survey.js";

/** Width of a bar. */
const BIN = 0.025;
/** Above the highest bar is room for the legend. */
const HEADROOM = 1.3;

/** How many photos are how far from their own person and from the nearest other one, as shares of each; with MATCH_DISTANCE, and the share of strangers that it names where that can be told. */
export function histogramSvg({ within, strangers }: Survey, matchDistance: number, rate: number | undefined): string {
  const between = strangers.map(([nearest]) => nearest.distance);
  const to = axisEnd(Math.max(matchDistance, ...within, ...between));
  const series = [
    ...(within.length > 0 ? [{ name: `nearest photo of the same person (${within.length})`, points: outline(within, to) }] : []),
    { name: `nearest other person (${between.length})`, points: outline(between, to) },
  ];
  const highest = Math.max(...series.flatMap(({ points }) => points).map(([, share]) => share));
  return plotSvg({
    title: "Distances in the gallery",
    x: { label: "distance", from: 0, to },
    y: { label: `share of photos, per ${BIN}`, from: 0, to: axisEnd(highest * HEADROOM) },
    series,
    marks: [{ name: `MATCH_DISTANCE ${matchDistance}${rate === undefined ? ", about what auto comes to" : `: ${Number((100 * rate).toPrecision(3))} % of strangers named`}`, x: matchDistance, y: 0 }],
  });
}

/** At a tick. */
function axisEnd(value: number): number {
  const step = value > 1 ? 0.2 : 0.1;
  return Math.round(Math.ceil(value / step) * step * 10) / 10;
}

/** The upper edge of the bars. */
function outline(distances: readonly number[], to: number): [x: number, y: number][] {
  const counts = new Array<number>(Math.round(to / BIN)).fill(0);
  for (const distance of distances) counts[Math.min(counts.length - 1, Math.floor(distance / BIN))] += 1;
  const edges = counts.flatMap((count, i): [number, number][] => [BIN * i, BIN * (i + 1)].map((x) => [x, count / distances.length]));
  return [[0, 0], ...edges, [to, 0]];
}
