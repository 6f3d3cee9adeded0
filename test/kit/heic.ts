import type { Sharp } from "sharp";
import { encodeHevc, type Coded } from "./hevc.js";

/** What a HEIC file says beside its pixels. */
export interface HeicOptions {
  /** Cuts the picture into squares of so many pixels, as phones do: a grid of pictures. */
  tile?: number;
  /** Quarter turns anticlockwise (irot) that show the stored picture upright, then a mirroring (imir): 0 swaps above and below, 1 left and right. */
  turns?: number;
  mirror?: 0 | 1;
  /** The middle part to be shown (clap), pixels. */
  crop?: { width: number; height: number };
  icc?: Buffer;
  /** Colour primaries where there is no profile. */
  primaries?: number;
  /** A TIFF structure. */
  exif?: Buffer;
  /** Another picture that comes first in the file, without being the primary one. */
  before?: Sharp;
  /** Makes the (first channel of a) picture the alpha channel of the picture. */
  alpha?: Sharp;
  premultiplied?: boolean;
  /** Instead of what is true: the type of the coded items, the brands, the size that is claimed. */
  type?: string;
  brands?: string[];
  claim?: { width: number; height: number };
}

interface Item {
  type: string;
  data: Buffer;
  properties: Buffer[];
  hidden?: boolean;
}

/** Makes a HEIC file (ISO/IEC 23008-12) of a picture as it is stored: `turns` and `mirror` are only written down. */
export async function heic(image: Sharp, options: HeicOptions = {}): Promise<Buffer> {
  const { type = "hvc1", brands = ["heic", "mif1", "heic"] } = options;
  const png = await image.png().toBuffer();
  const { default: sharp } = await import("sharp");
  const { width, height } = await sharp(png).metadata();
  const size = options.claim ?? { width, height };
  const tiles = options.tile === undefined ? [await encodeHevc(sharp(png))] : await cut(png, width, height, options.tile);
  const items: Item[] = [];
  const refs: { type: string; from: number; to: number[] }[] = [];
  const add = (item: Item) => items.push(item); // item ids count from 1
  const coded = (one: Coded, properties: Buffer[] = [], hidden = false) =>
    add({ type, data: one.data, properties: [one.hvcC, ispe(one), ...properties], hidden });

  if (options.before) coded(await encodeHevc(options.before));
  let primary: number;
  const shown = shownAs(options);
  if (options.tile === undefined) {
    primary = add({ type, data: tiles[0].data, properties: [tiles[0].hvcC, ispe(size), ...shown] });
  } else {
    const ids = tiles.map((tile) => coded(tile, [], true));
    const columns = Math.ceil(width / options.tile);
    const grid = Buffer.from([0, 0, ids.length / columns - 1, columns - 1, 0, 0, 0, 0]);
    grid.writeUInt16BE(size.width, 4);
    grid.writeUInt16BE(size.height, 6);
    primary = add({ type: "grid", data: grid, properties: [ispe(size), ...shown] });
    refs.push({ type: "dimg", from: primary, to: ids });
  }
  if (options.alpha) {
    const alpha = coded(await encodeHevc(options.alpha), [box("auxC", zero(4), "urn:mpeg:hevc:2015:auxid:1\0", zero(4))]);
    refs.push({ type: "auxl", from: alpha, to: [primary] });
    if (options.premultiplied) refs.push({ type: "prem", from: primary, to: [alpha] });
  }
  if (options.exif) {
    const exif = add({ type: "Exif", data: Buffer.concat([uint32(6), Buffer.from("Exif\0\0"), options.exif]), properties: [], hidden: true });
    refs.push({ type: "cdsc", from: exif, to: [primary] });
  }
  return assemble(brands, items, primary, refs);
}

async function cut(png: Buffer, width: number, height: number, side: number): Promise<Coded[]> {
  const { default: sharp } = await import("sharp");
  const right = Math.ceil(width / side) * side - width;
  const bottom = Math.ceil(height / side) * side - height;
  const whole = await sharp(png).extend({ right, bottom, extendWith: "copy" }).png().toBuffer();
  const tiles: Coded[] = [];
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) tiles.push(await encodeHevc(sharp(whole).extract({ left, top, width: side, height: side })));
  }
  return tiles;
}

/** Properties in the order in which they are applied. */
function shownAs({ crop, turns, mirror, icc, primaries }: HeicOptions): Buffer[] {
  const found: Buffer[] = [];
  if (icc) found.push(box("colr", "prof", icc));
  if (primaries !== undefined) found.push(box("colr", "nclx", uint16(primaries), uint16(13), uint16(6), Buffer.from([0x80])));
  if (crop) found.push(box("clap", ...[crop.width, 1, crop.height, 1, 0, 1, 0, 1].map(uint32)));
  if (turns) found.push(box("irot", Buffer.from([turns])));
  if (mirror !== undefined) found.push(box("imir", Buffer.from([mirror])));
  return found;
}

function assemble(brands: string[], items: Item[], primary: number, refs: { type: string; from: number; to: number[] }[]): Buffer {
  const [major, ...compatible] = brands;
  const ftyp = box("ftyp", major, zero(4), ...compatible);
  // One property serves all items that have it in common: of a phone's 48 tiles and more each has the same.
  const all = [...new Map(items.flatMap(({ properties }) => properties).map((property) => [property.toString("latin1"), property])).values()];
  const infes = items.map(({ type, hidden }, i) => box("infe", Buffer.from([2, 0, 0, hidden ? 1 : 0]), uint16(i + 1), zero(2), type, "\0"));
  const associations = items.map(({ properties }, i) => {
    const indices = properties.map((property) => uint16(0x8000 | (1 + all.findIndex((other) => other.equals(property)))));
    return Buffer.concat([uint16(i + 1), Buffer.from([indices.length]), ...indices]);
  });
  const used = items.flatMap(({ properties }, i) => (properties.length > 0 ? [associations[i]] : []));
  const meta = (start: number): Buffer => {
    let at = start;
    const places = items.map(({ data }, i) => {
      const place = Buffer.concat([uint16(i + 1), zero(2), uint16(1), uint32(at), uint32(data.length)]);
      at += data.length;
      return place;
    });
    return box(
      "meta",
      zero(4),
      box("hdlr", zero(8), "pict", zero(13)),
      box("pitm", zero(4), uint16(primary)),
      box("iloc", zero(4), Buffer.from([0x44, 0]), uint16(items.length), ...places),
      box("iinf", zero(4), uint16(items.length), ...infes),
      box("iprp", box("ipco", ...all), box("ipma", Buffer.from([0, 0, 0, 1]), uint32(used.length), ...used)),
      ...(refs.length > 0 ? [box("iref", zero(4), ...refs.map(({ type, from, to }) => box(type, uint16(from), uint16(to.length), ...to.map(uint16))))] : []),
    );
  };
  const start = ftyp.length + meta(0).length + 8;
  return Buffer.concat([ftyp, meta(start), box("mdat", ...items.map(({ data }) => data))]);
}

function box(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part));
  const length = body.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([uint32(length), Buffer.from(type), ...body]);
}

const ispe = ({ width, height }: { width: number; height: number }) => box("ispe", zero(4), uint32(width), uint32(height));
const zero = (length: number) => Buffer.alloc(length);

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
