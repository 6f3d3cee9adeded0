import type { Raster } from "../../image/picture.js";
import { centre, holds, longerSide, type Box } from "../geometry.js";
import { mostDetailed } from "./detail.js";
import { look, lookAgain, type Detector, type Sighting } from "./look.js";
import { merge, SURE } from "./merge.js";

/** A picture is enlarged this much at most: beyond it there is nothing more to see. */
const MAX_ENLARGEMENT = 3;
/** Faces smaller than this in the detector's input are seen badly; all lengths here are pixels of that input. */
const SMALL = 20;
/** Guesses of this score may be small faces. */
const FAINT = 0.02;
/** Beside a large sure face it takes a clearer hint: most photos of a few large faces show nothing more: easy photos. */
const BESIDE_LARGE = { seen: 28, faint: 0.05 };
/** Of the hints the best few are probed, until so many turn out to be faces or not. */
const PROBES = { side: 128, enlargement: 5, score: 0.4, confirmed: 2, refuted: 2 };
/** Quarters overlap by this much on each side: more than half of the largest face that is small at half their scale. */
const MARGIN = 24;
/** A face whose centre lies this near a quarter's edge may be found in both; a box that comes this near is cut by it. */
const EDGE = 2;

/**
 * Looks at a part of a picture, and where it may show faces too small to be seen well, at its quarters at twice the
 * scale, and so on. What a quarter shows replaces the small faces seen before. Quarters are looked at
 * - where two of the best hints turn out to be faces, each probed in a small crop: hints alone are common (grass,
 *   windows); beside a large sure face only the quarters that hold hints;
 * - all four of a picture without any large sure face that has more pixels than were seen;
 * - all four of such a quarter without any face in which two of the most detailed spots show one.
 * @param factor pixels that the detector sees for one of the picture
 */
export async function lookCloser(detector: Detector, picture: Raster, part: Box, factor: number, margin = 0): Promise<Sighting[]> {
  const seen = grown(part, margin / factor);
  const sightings = await look(detector, picture, seen, factor, FAINT);
  const found = sightings.filter(({ box }) => holds(grown(part, EDGE / factor), centre(box)) && !isCut(box, seen, EDGE / factor, picture));
  if (factor * 2 > MAX_ENLARGEMENT) return found;
  const large = found.some(({ score, seen }) => score >= SURE && seen >= BESIDE_LARGE.seen);
  const least = large ? BESIDE_LARGE.faint : FAINT;
  const hints = found.filter((one) => one.seen < SMALL && one.score >= least).map(({ box }) => box);
  const probed = await probe(detector, picture, hints, factor);

  const quarters = await worthALook();
  if (!quarters) return merge([...found, ...probed.faces]);

  const closer: Sighting[] = [];
  for (const quarter of quarters) closer.push(...(await lookCloser(detector, picture, quarter, factor * 2, MARGIN)));
  const kept = found.filter((one) => one.seen >= SMALL || !quarters.some((quarter) => holds(quarter, centre(one.box))));
  return merge([...kept, ...closer]);

  /** The quarters to look at, by the rules above. */
  async function worthALook(): Promise<Box[] | undefined> {
    const all = quartersOf(part);
    if (probed.confirmed) return large ? all.filter((quarter) => hints.some((box) => holds(quarter, centre(box)))) : all;
    if (large || factor * 2 > 1) return undefined;
    return margin === 0 || (await showsMore(detector, picture, part, factor, found)) ? all : undefined;
  }
}

/** Whether the most detailed spots of a part in which nothing was found turn out to be faces. */
async function showsMore(detector: Detector, picture: Raster, part: Box, factor: number, found: Sighting[]): Promise<boolean> {
  if (found.some(({ score }) => score >= SURE)) return false;
  const side = PROBES.side / Math.min(factor * PROBES.enlargement, MAX_ENLARGEMENT);
  const spots = mostDetailed(picture, part, side, PROBES.confirmed).map(([x, y]) => ({ x: x - side / 4, y: y - side / 4, width: side / 2, height: side / 2 }));
  return (await probe(detector, picture, spots, factor)).confirmed;
}

/** Looks at the best hints (boxes), each in a small crop; `faces` are those that it found. */
async function probe(detector: Detector, picture: Raster, hints: Box[], factor: number) {
  const zoom = Math.min(factor * PROBES.enlargement, MAX_ENLARGEMENT);
  const faces: Sighting[] = [];
  let confirmed = 0;
  let refuted = 0;
  for (const hint of hints) {
    const small = (await lookAgain(detector, picture, hint, zoom, PROBES.side, PROBES.score)).filter(
      ({ box }) => longerSide(box) * factor < SMALL && holds(grown(hint, longerSide(hint)), centre(box)),
    );
    if (small.length > 0) confirmed++;
    else refuted++;
    faces.push(...small);
    if (confirmed === PROBES.confirmed || refuted === PROBES.refuted) break;
  }
  return { confirmed: confirmed === PROBES.confirmed, faces };
}

function quartersOf({ x, y, width, height }: Box): Box[] {
  const half = { width: width / 2, height: height / 2 };
  return [0, 1].flatMap((row) => [0, 1].map((column) => ({ x: x + column * half.width, y: y + row * half.height, ...half })));
}

/** Whether a box reaches the edge of the part that was seen where the picture goes on: it may be half a face. */
function isCut({ x, y, width, height }: Box, part: Box, edge: number, picture: Raster): boolean {
  const [right, bottom] = [part.x + part.width, part.y + part.height];
  const across = (part.x > 0 && x < part.x + edge) || (right < picture.width && x + width > right - edge);
  const down = (part.y > 0 && y < part.y + edge) || (bottom < picture.height && y + height > bottom - edge);
  return across || down;
}

function grown({ x, y, width, height }: Box, by: number): Box {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}
