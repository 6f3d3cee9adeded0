import { normalize } from "node:path";
import { z } from "zod";
import { BadInput } from "../errors.js";
import type { Box, Point } from "../faces/geometry.js";
import type { PictureInfo } from "../image/picture.js";

/** The faces that people marked in one picture, in the pixels that the file uses. */
export interface LabelledPicture {
  file: string;
  /** Size of the picture that the labels are for; absent: the picture's own. */
  size?: { width: number; height: number };
  /** Labels are pixels of the stored picture, EXIF orientation not applied. */
  stored: boolean;
  /** One of the two is empty. */
  boxes: Box[];
  points: Point[];
}

export interface Labels {
  /** What faces are marked by. */
  kind: "boxes" | "points";
  pictures: LabelledPicture[];
}

const FORMS = "[class, x0, y0, x1, y1] or [class, x, y]";
const name = z.union([z.string(), z.number()]);
const boxSchema = z.tuple([name, z.number(), z.number(), z.number(), z.number()]);
const pointSchema = z.tuple([name, z.number(), z.number()]);
const labelSchema = z
  .union([boxSchema, pointSchema], { error: `must be ${FORMS}` })
  .refine((label) => label.length === 3 || (label[3] > label[1] && label[4] > label[2]), "x1 must be greater than x0, and y1 than y0");
const fileSchema = z.string({ error: "the file's name must be text" }).min(1, "the file's name is empty");
const side = z.number({ error: "must be a number" }).int("must be whole pixels").min(0, "must not be negative");

/** `[file, width, height, labels]`, of any class: all count as faces. */
const entrySchema = z
  .tuple([fileSchema, side, side, z.array(labelSchema, { error: `must be a list of ${FORMS}` })], {
    error: (issue) => (issue.code === "invalid_type" ? "must be [file, width, height, [labels]]" : "must be four things: [file, width, height, [labels]]"),
  })
  .refine(([, width, height]) => (width === 0) === (height === 0), "width and height: both or neither must be 0")
  .transform(
    ([file, width, height, labels]): LabelledPicture => ({
      file,
      ...(width > 0 && { size: { width, height } }),
      stored: false,
      boxes: labels.flatMap((label) => (label.length === 5 ? [{ x: label[1], y: label[2], width: label[3] - label[1], height: label[4] - label[2] }] : [])),
      points: labels.flatMap((label): Point[] => (label.length === 3 ? [[label[1], label[2]]] : [])),
    }),
  );

/** A photo of our fixtures: tips of noses in pixels of the stored picture. */
const noseSchema = z
  .object({ file: fileSchema, noses: z.array(z.tuple([z.number(), z.number()], { error: "must be [x, y]" }), { error: "must be a list of [x, y]" }) }, { error: "must be {file, noses}" })
  .transform(({ file, noses }): LabelledPicture => ({ file, stored: true, boxes: [], points: noses }));

/**
 * Reads LABELS.json in either of its forms:
 * - `[[file, width|0, height|0, [[class, x0, y0, x1, y1], …]], …]`; a face may also be a point in it, `[class, x, y]`;
 * - `{"photos": [{"file", "noses": [[x, y], …]}, …]}`: points in pixels of the stored picture.
 * @throws BadInput that names the entry
 */
export function parseLabels(text: string): Labels {
  const json = jsonOf(text);
  const photos = z.object({ photos: z.array(z.unknown()) }).safeParse(json).data?.photos;
  const entries = photos ?? z.array(z.unknown()).safeParse(json).data;
  if (entries === undefined) throw new BadInput('it must be a list of [file, width, height, [labels]], or {"photos": [{"file", "noses"}, …]}');
  if (entries.length === 0) throw new BadInput("it names no pictures");
  const pictures = entries.map((entry, i) => parseEntry(photos ? noseSchema : entrySchema, entry, `entry ${i + 1}`));
  checkFiles(pictures);
  return { kind: kindOf(pictures), pictures };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BadInput(`it is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function parseEntry(schema: z.ZodType<LabelledPicture>, entry: unknown, place: string): LabelledPicture {
  const { success, data, error } = schema.safeParse(entry);
  if (success) return data;
  const { path, message } = error.issues[0];
  const file = Array.isArray(entry) ? (entry as unknown[])[0] : (entry as { file?: unknown } | null)?.file;
  throw new BadInput(`${place}${typeof file === "string" ? ` (${file})` : ""}: ${partOf(path)}${message}`);
}

/** What a path within an entry leads to, in the words of the form. */
function partOf([first, index]: PropertyKey[]): string {
  if (first === 1 || first === 2) return first === 1 ? "width: " : "height: ";
  if (first !== 3 && first !== "noses") return "";
  const label = first === 3 ? "label" : "nose";
  return typeof index === "number" ? `${label} ${index + 1}: ` : `${label}s: `;
}

/** A picture that is there twice would be counted twice. */
function checkFiles(pictures: LabelledPicture[]): void {
  const seen = new Map<string, number>();
  for (const [i, { file }] of pictures.entries()) {
    const before = seen.get(normalize(file));
    if (before !== undefined) throw new BadInput(`entry ${i + 1} (${file}): the picture is in entry ${before + 1} already`);
    seen.set(normalize(file), i);
  }
}

function kindOf(pictures: LabelledPicture[]): Labels["kind"] {
  const point = pictures.findIndex(({ points }) => points.length > 0);
  const box = pictures.findIndex(({ boxes }) => boxes.length > 0);
  const both = point >= 0 && box >= 0;
  if (both) throw new BadInput(`entry ${point + 1} (${pictures[point].file}) has points, entry ${box + 1} (${pictures[box].file}) boxes: one kind a file`);
  return point >= 0 ? "points" : "boxes";
}

/** Sides as a rounded thumbnail's may differ by so much. */
const SHAPE_TOLERANCE = 0.05;

/** True where the picture's proportions are not those that its labels are for: a turned or cropped copy, most likely. */
export function isOtherShape({ size }: LabelledPicture, { width, height }: Pick<PictureInfo, "width" | "height">): boolean {
  return size !== undefined && Math.abs(Math.log((size.width * height) / (size.height * width))) > SHAPE_TOLERANCE;
}

/** EXIF orientation 1 to 8: where a stored picture's point is in the upright picture of this size. */
const UPRIGHT: ((x: number, y: number, width: number, height: number) => Point)[] = [
  (x, y) => [x, y],
  (x, y, width) => [width - x, y],
  (x, y, width, height) => [width - x, height - y],
  (x, y, _, height) => [x, height - y],
  (x, y) => [y, x],
  (x, y, width) => [width - y, x],
  (x, y, width, height) => [width - y, height - x],
  (x, y, _, height) => [y, height - x],
];

/** The labels in pixels of the full upright picture. */
export function uprightLabels({ size, stored, boxes, points }: LabelledPicture, image: Pick<PictureInfo, "width" | "height" | "orientation">): { boxes: Box[]; points: Point[] } {
  const { width, height } = size ?? image;
  const [sx, sy] = [image.width / width, image.height / height];
  const turn = UPRIGHT[stored ? image.orientation - 1 : 0];
  return {
    boxes: boxes.map((box) => ({ x: box.x * sx, y: box.y * sy, width: box.width * sx, height: box.height * sy })),
    points: points.map(([x, y]) => turn(x * sx, y * sy, image.width, image.height)),
  };
}
