import { access } from "node:fs/promises";
import { join } from "node:path";
import { BadInput } from "../errors.js";

/** One picture of a person: `Ann_Lee`, 3 is `Ann_Lee_0003.jpg`. */
export interface Portrait {
  name: string;
  number: number;
}

/** Two pictures, and whether they show the same person. */
export interface Pair {
  same: boolean;
  portraits: [Portrait, Portrait];
}

const FORMS = "name, number, number or name, number, name, number";

/**
 * Reads pairs in the form of LFW's pairs.txt, separated by tabs (names may hold spaces then) or blanks. The first line
 * says how many folds there are and how many pairs of the same and as many of different persons each has; or that
 * number alone: one fold.
 * @see http://vis-www.cs.umass.edu/lfw/README.txt
 * @returns folds, each a list of pairs
 * @throws BadInput that names the line
 */
export function parsePairs(text: string): Pair[][] {
  const [header, ...rows] = text.split(/\r?\n/).map((line, i) => ({ line, number: i + 1 })).filter(({ line }) => line.trim() !== "");
  const [folds, size] = parseHeader(header?.line ?? "");
  const pairs = rows.map(({ line, number }) => parsePair(fieldsOf(line), `line ${number}`));
  const announced = folds * size;
  if (pairs.length !== announced) {
    throw new BadInput(`the first line announces ${folds} ${folds === 1 ? "fold" : "folds"} of ${size / 2} + ${size / 2} pairs, ${announced} lines in all; there are ${pairs.length}`);
  }
  return Array.from({ length: folds }, (_, i) => pairs.slice(i * size, (i + 1) * size));
}

/** @returns the folds, and the pairs of both kinds in each */
function parseHeader(line: string): [folds: number, size: number] {
  const numbers = fieldsOf(line).map((field) => (/^\d+$/.test(field) ? Number(field) : 0));
  if (numbers.length < 1 || numbers.length > 2 || numbers.some((number) => number < 1)) {
    throw new BadInput("line 1: must be the number of folds and of pairs of each kind in a fold (10 300), or the latter alone");
  }
  return numbers.length === 2 ? [numbers[0], 2 * numbers[1]] : [1, 2 * numbers[0]];
}

function fieldsOf(line: string): string[] {
  return line.trim().split(line.includes("\t") ? /\t+/ : / +/).map((field) => field.trim());
}

function parsePair(fields: string[], place: string): Pair {
  const portrait = (name: string, digits: string): Portrait => {
    if (!/^\d{1,9}$/.test(digits)) throw new BadInput(`${place}: ${digits} is no picture's number: a pair is ${FORMS}`);
    return { name, number: Number(digits) };
  };
  if (fields.length === 3) return { same: true, portraits: [portrait(fields[0], fields[1]), portrait(fields[0], fields[2])] };
  if (fields.length === 4) return { same: false, portraits: [portrait(fields[0], fields[1]), portrait(fields[2], fields[3])] };
  throw new BadInput(`${place}: has ${fields.length} fields; a pair is ${FORMS}, with tabs between them where names hold spaces`);
}

/** `Ann_Lee_0003`: names a portrait, and its file without extension. */
export function stemOf({ name, number }: Portrait): string {
  return `${name}_${String(number).padStart(4, "0")}`;
}

const EXTENSIONS = [".jpg", ".jpeg", ".png", ".webp"];

/** The portrait's file, in its person's folder or in `root` itself; where there is none, the one that was looked for first. */
export async function portraitFile(root: string, portrait: Portrait): Promise<string> {
  const files = EXTENSIONS.flatMap((extension) => [join(root, portrait.name, stemOf(portrait) + extension), join(root, stemOf(portrait) + extension)]);
  for (const file of files) {
    if (await access(file).then(() => true, () => false)) return file;
  }
  return files[0];
}
