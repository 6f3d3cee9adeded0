import { Undecodable, UnsupportedFormat } from "../errors.js";
import type { LibHeif, Pointer } from "./libheif.js";

export interface Size {
  width: number;
  height: number;
}

/** The part of a stored picture that is shown, and how it is to be turned then, as EXIF would say it. */
export interface Shown extends Size {
  left: number;
  top: number;
  orientation: number;
}

/** EXIF's numbers for quarter turns anticlockwise, without and after a mirroring of left and right. */
const ORIENTATIONS = [[1, 8, 3, 6], [2, 5, 4, 7]];
/** A heif_transform_mirror_direction. */
const UPSIDE_DOWN = 0;

/**
 * What an item's crops, turns and mirrorings (ISO/IEC 23008-12 §6.5: clap, irot, imir) come to, one after the other.
 * @throws UnsupportedFormat where it is cropped after it was turned, which no writer does (MIAF §7.3.6.7 forbids it)
 */
export function shownPart(heif: LibHeif, item: number, { width, height }: Size): Shown {
  const { c, context } = heif;
  const shown = { left: 0, top: 0, width, height };
  let turns = 0;
  let mirrored = 0;
  for (const property of heif.int32s((at, count) => c._heif_item_get_transformation_properties(context, item, at, count))) {
    const type = fourcc(c._heif_item_get_property_type(context, item, property));
    if (type === "clap") {
      if (turns !== 0 || mirrored !== 0) throw new UnsupportedFormat("HEIF pictures that are cropped after they were turned are not decoded");
      const borders = (at: Pointer) => c._heif_item_get_property_transform_crop_borders(context, item, property, shown.width, shown.height, at, at + 4, at + 8, at + 12);
      const [left, top, right, bottom] = heif.int32s((at) => (borders(at), 4));
      shown.left += left;
      shown.top += top;
      shown.width -= left + right;
      shown.height -= top + bottom;
    } else if (type === "irot") {
      turns += c._heif_item_get_property_transform_rotation_ccw(context, item, property) / 90;
    } else if (type === "imir") {
      // Upside down is left for right, turned by half.
      const half = c._heif_item_get_property_transform_mirror(context, item, property) === UPSIDE_DOWN ? 2 : 0;
      turns = half - turns;
      mirrored = 1 - mirrored;
    }
  }
  if (Math.min(shown.left, shown.top) < 0 || Math.min(shown.width, shown.height) < 1) throw new Undecodable("the picture is cropped to nothing");
  return { ...shown, orientation: ORIENTATIONS[mirrored][((turns % 4) + 4) % 4] };
}

/** Types of items that are pictures coded otherwise than in HEVC (ISO/IEC 23008-12 annexes; 23001-17; AV1 Image File Format). */
const OTHER_CODINGS = new Set(["avc1", "jpeg", "vvc1", "evc1", "av01", "j2k1", "unci"]);

/** How the file's pictures are coded, where none of them is in HEVC: whatever libheif says, that is why it failed. */
export function otherCoding(heif: LibHeif): string | undefined {
  const items = heif.int32s((at, count) => heif.c._heif_context_get_list_of_item_IDs(heif.context, at, count));
  const types = items.map((item) => fourcc(heif.c._heif_item_get_item_type(heif.context, item)));
  return types.includes("hvc1") ? undefined : types.find((type) => OTHER_CODINGS.has(type));
}

/** A type of the file format as its four letters. */
export function fourcc(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes.toString("latin1");
}
