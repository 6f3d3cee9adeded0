import type { Face } from "../faces/face.js";
import type { PictureInfo } from "../image/picture.js";

/** What the engine says of one picture, or why it cannot. */
export type Outcome = { image: Pick<PictureInfo, "width" | "height" | "orientation">; faces: Face[] } | { error: { code: string; message: string } };

/** Has pictures analysed: `take` gets an outcome for each of `files`, in any order. Resolves with the milliseconds it took. */
export type Analyse = (files: string[], take: (outcome: Outcome, file: string) => void) => Promise<number>;

/** A picture that could not be analysed. */
export interface Failed {
  file: string;
  code: string;
  message: string;
}

/** What every evaluation tells beside its figures. */
export interface RunFigures {
  pictures: number;
  failed: Failed[];
  /** From the models' being loaded to the last picture. */
  seconds: number;
  picturesPerSecond: number;
}

/** Analyses pictures; each one's faces go to `take`, those that fail are noted. */
export async function run(files: string[], analyse: Analyse, take: (seen: Exclude<Outcome, { error: unknown }>, file: string) => void): Promise<RunFigures> {
  const failed: Failed[] = [];
  const milliseconds = await analyse(files, (outcome, file) => {
    if ("error" in outcome) failed.push({ file, ...outcome.error });
    else take(outcome, file);
  });
  return { pictures: files.length, failed, seconds: milliseconds / 1000, picturesPerSecond: (1000 * files.length) / milliseconds };
}
