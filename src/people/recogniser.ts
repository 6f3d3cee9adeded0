import { z } from "zod";
import { RECOGNITIONS, type RecognitionName } from "../faces/engine.js";
import { calibrate } from "./calibration.js";
import { type Candidate, CANDIDATES } from "./candidate.js";
import type { Gallery } from "./gallery.js";
import { assign, fixedRule, type MatchRule, resembled } from "./matching.js";

export interface Recognition {
  /** The nearest people, nearest first. */
  nearest: Candidate[];
  /** Whom the rule names; null: unknown. */
  person: Candidate | null;
}

/** Says who faces are. */
export interface Recogniser {
  /** Who else a face of this person looks like, though the rule may name nobody for there being two of them. */
  resembled(descriptor: readonly number[], person: string): Promise<Candidate | undefined>;
  /** The faces of one photo: a person is named at most once, on the face that is furthest within its limit. */
  inPhoto(descriptors: readonly (readonly number[])[]): Promise<Recognition[]>;
  /** The rule that holds now. */
  rule(): Promise<MatchRule>;
  /** Somebody was enrolled or forgotten. */
  changed(): void;
  /** Settles once nothing more is written to the gallery. */
  idle(): Promise<void>;
  readonly recognition: RecognitionName;
}

export interface RecogniserOptions {
  matchDistance: "auto" | number;
  falseMatchRate: number;
  recognition: RecognitionName;
  repeatPeople: boolean;
}

/** Enrolled photos that are searched among the other people to learn how near strangers come. */
const SAMPLE = 500;
/** Photos that have come or gone, as a share of those there were, after which `auto` looks at the gallery again: */
const DRIFT = 0.25;
/** beside its work, or, from here on, before it names anybody. */
const FAR_OFF = 1;
/** The longest that a change made by another process goes unnoticed, milliseconds. */
const RECOUNT = 1000;

/** What the rule is kept under; a new number where another version of the program would read it differently. */
const RULE = "match rule 1";
const keptRuleSchema = z.object({
  rule: z.object({ kind: z.literal("auto"), threshold: z.number(), cap: z.number(), recognition: z.enum(RECOGNITIONS) }),
  /** That it was made from. */
  photos: z.number(),
});
type KeptRule = z.infer<typeof keptRuleSchema>;

function holdsFor(photos: number, kept: KeptRule | undefined, drift: number): boolean {
  return kept !== undefined && Math.abs(photos - kept.photos) <= drift * kept.photos;
}

export function createRecogniser(open: () => Promise<Gallery>, options: RecogniserOptions): Recogniser {
  const { matchDistance, falseMatchRate, recognition, repeatPeople } = options;
  let known: KeptRule | undefined;
  let counted = -Infinity;
  let learning: Promise<void> | undefined;
  let keeping: Promise<void> | undefined;

  async function rule(): Promise<MatchRule> {
    if (matchDistance !== "auto") return fixedRule(matchDistance, recognition);
    if (known === undefined || performance.now() - counted > RECOUNT) {
      counted = performance.now();
      await renew(await open());
    }
    return known!.rule;
  }

  /** Takes the rule that any process has worked out, and works it out anew where the gallery has become another since. */
  async function renew(gallery: Gallery): Promise<void> {
    const photos = await gallery.photoCount();
    if (holdsFor(photos, known, DRIFT)) return;
    const kept = keptRuleSchema.safeParse(await gallery.recall(keyOf(gallery))).data;
    if (kept && (!known || holdsFor(photos, kept, DRIFT))) known = kept;
    if (holdsFor(photos, known, DRIFT)) return;
    learning ??= learn(gallery).finally(() => (learning = undefined));
    if (holdsFor(photos, known, FAR_OFF)) learning.catch(() => undefined); // the next look tries again
    else await learning;
  }

  async function learn(gallery: Gallery): Promise<void> {
    const counts = await gallery.count();
    const sample = await gallery.sample(SAMPLE);
    const nearest = await gallery.nearest(sample.map(({ descriptor }) => descriptor), CANDIDATES, sample.map(({ name }) => name));
    known = { rule: { ...calibrate(nearest, { ...counts, recognition }, falseMatchRate), kind: "auto" }, photos: counts.photos };
    keeping = gallery.keep(keyOf(gallery), known).catch(() => undefined); // others work it out for themselves: no photo waits for a turn to write
  }

  /** A rebuild may change the model and leave as many photos. */
  const keyOf = ({ model }: Gallery) => `${RULE} ${falseMatchRate} ${model.sha256}`;

  async function nearestOf(descriptors: readonly (readonly number[])[], except?: string): Promise<Candidate[][]> {
    if (descriptors.length === 0) return [];
    return (await open()).nearest(descriptors, CANDIDATES, descriptors.map(() => except));
  }

  return {
    rule,
    async resembled(descriptor, person) {
      const [[nearest], now] = await Promise.all([nearestOf([descriptor], person), rule()]);
      return resembled(nearest, now);
    },
    async inPhoto(descriptors) {
      const [found, now] = await Promise.all([nearestOf(descriptors), rule()]);
      const people = assign(found, now, { repeated: repeatPeople });
      return found.map((nearest, i) => ({ nearest, person: people[i] }));
    },
    recognition,
    async idle() {
      await learning?.catch(() => undefined);
      await keeping;
    },
    changed() {
      counted = -Infinity;
    },
  };
}
