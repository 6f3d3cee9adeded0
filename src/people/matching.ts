import type { RecognitionName } from "../faces/engine.js";
import type { Candidate } from "./candidate.js";
import { SCALES } from "./recognition.js";

/** What decides whether the nearest person is named. */
export interface MatchRule {
  /** `auto` follows the gallery and the face (calibration.ts); `fixed` is the operator's distance. */
  kind: "auto" | "fixed";
  /** `fixed`: the largest distance that is named. `auto`: the largest relative distance, see `limitFor`. */
  threshold: number;
  /** Nobody is named beyond this distance, whatever the others' distances are. */
  cap: number;
  recognition: RecognitionName;
}

/** How many people behind the nearest tell how near everybody comes to a face. */
const OTHERS = 4;
/** What their mean distance counts. */
const WEIGHT = 0.5;

/** MATCH_DISTANCE as a number: the best photo's distance counts, and the lead over the second person. */
export function fixedRule(distance: number, recognition: RecognitionName): MatchRule {
  return { kind: "fixed", threshold: distance, cap: distance, recognition };
}

/**
 * Who a face is: the nearest person, where they are within the face's limit and lead clearly over the second.
 * @param candidates best photo first, the nearest five or more where the gallery has as many (their order by mean may
 * differ, so ten are better); each person once
 * @returns undefined where the face is unknown
 */
export function decide(candidates: readonly Candidate[], rule: MatchRule): Candidate | undefined {
  return headroom(candidates, rule) >= 0 ? byNearness(candidates, rule)[0] : undefined;
}

/**
 * Who each of a photo's faces is; null: unknown. A person is in a photo once: of several faces that would be named so,
 * the one furthest within its limit is (the first of equals), the others are unknown.
 * @param faces each one's candidates, as for `decide`
 * @param options.repeated a person may be named several times (collages, mirrors)
 */
export function assign(faces: readonly (readonly Candidate[])[], rule: MatchRule, { repeated = false }: { repeated?: boolean } = {}): (Candidate | null)[] {
  const named = faces.map((candidates) => ({ person: decide(candidates, rule) ?? null, headroom: headroom(candidates, rule) }));
  const best = new Map<string, (typeof named)[number]>();
  for (const face of named) {
    if (face.person !== null && face.headroom > (best.get(face.person.name)?.headroom ?? -1)) best.set(face.person.name, face);
  }
  return named.map((face) => (face.person !== null && (repeated || best.get(face.person.name) === face) ? face.person : null));
}

/**
 * Up to which distance the nearest person is named. `auto`: the threshold plus half of the mean distance of the next
 * four people, so the limit is low for a face that everybody is near to (blurred, or of a common look).
 */
export function limitFor(candidates: readonly Candidate[], rule: MatchRule): number {
  if (rule.kind === "fixed") return rule.cap;
  return Math.min(rule.cap, rule.threshold + WEIGHT * others(candidates, rule.recognition));
}

/** The nearest person where they are within the face's limit, whether somebody else is as near or not. */
export function resembled(candidates: readonly Candidate[], rule: MatchRule): Candidate | undefined {
  const [first] = byNearness(candidates, rule);
  return first && measure(first, rule) <= limitFor(candidates, rule) ? first : undefined;
}

/** How near the nearest person is, for how near others are: the distance less half of the next four people's mean. */
export function relativeDistance(candidates: readonly Candidate[], recognition: RecognitionName): number {
  return Math.min(...candidates.map((candidate) => nearness(candidate, recognition))) - WEIGHT * others(candidates, recognition);
}

/** The relative distance as a distance where nobody else is enrolled. */
export function asDistance(relative: number, recognition: RecognitionName): number {
  return relative + WEIGHT * SCALES[recognition].typical;
}

/** How far the nearest person is within the limit; negative where the face is unknown. */
function headroom(candidates: readonly Candidate[], rule: MatchRule): number {
  const distances = byNearness(candidates, rule).map((candidate) => measure(candidate, rule));
  if (distances.length === 0 || distances[1] - distances[0] < SCALES[rule.recognition].margin) return -1;
  const room = limitFor(candidates, rule) - distances[0];
  return room >= 0 ? room : -1;
}

/** Nearest first; those with the same distance stay as they came. */
function byNearness(candidates: readonly Candidate[], rule: MatchRule): Candidate[] {
  return [...candidates].sort((a, b) => measure(a, rule) - measure(b, rule));
}

/** An operator's number is compared with what is shown, the best photo's distance. */
function measure(candidate: Candidate, { kind, recognition }: MatchRule): number {
  return kind === "fixed" ? candidate.distance : nearness(candidate, recognition);
}

/**
 * A person's distance, fair between one photo and many: half best photo, half mean, plus what strangers gain by the
 * mean's being without noise.
 */
function nearness({ distance, meanDistance, photos }: Candidate, recognition: RecognitionName): number {
  return (distance + meanDistance) / 2 + SCALES[recognition].manyPhotos * (1 - 1 / photos);
}

/** Mean distance of the people behind the nearest; those that a small gallery lacks count as typical. */
function others(candidates: readonly Candidate[], recognition: RecognitionName): number {
  const distances = candidates.map((candidate) => nearness(candidate, recognition)).sort((a, b) => a - b).slice(1, 1 + OTHERS);
  const missing = OTHERS - distances.length;
  return (distances.reduce((sum, distance) => sum + distance, 0) + missing * SCALES[recognition].typical) / OTHERS;
}
