import { Failure, TooManyPixels, Undecodable, UnsupportedFormat } from "../errors.js";
import type { Patch } from "./canvas.js";
import { fourcc, shownPart, type Shown, type Size } from "./heif-items.js";
import { overWhite } from "./over-white.js";
import { greenBlocks, hasGaps, type Block, type Plane } from "./undecoded.js";
import type { LibHeif, Pointer } from "./libheif.js";

/** heif_colorspace, heif_chroma and heif_channel of libheif/heif_image.h. */
const RGB = 1;
const INTERLEAVED_RGB = 10;
const INTERLEAVED_RGBA = 11;
const INTERLEAVED = 10;
/** Colourspace and chroma as the picture is coded, and the channels of YCbCr. */
const AS_CODED = 99;
const YCBCR = [0, 1, 2];
/** "nclx", a heif_color_profile_type. */
const NCLX = 0x6e636c78;

/** Tiles are coded in whole blocks and hang over the picture's edges: one may hold more than the picture shows of it. */
const SLACK = 2 ** 20;

/** Cameras' tiles are squares of 512; each costs some milliseconds, however small it is. */
function mostTiles({ width, height }: Size): number {
  return 64 + (width * height) / 256 ** 2;
}

/** Has libheif decode a part of the picture. */
type Decode = (error: Pointer, image: Pointer, colourspace: number, chroma: number) => void;

/** The primary picture of a HEIF file, which need not be its first. */
export class HeifFile {
  /** As a person sees it: the file's own crops (clap), turns (irot) and mirrorings (imir) applied. */
  readonly upright: Size;
  /** As `patches` gives it: cropped, not turned. */
  readonly stored: Size;
  /** How what `patches` gives is to be turned, as EXIF would say it. */
  readonly orientation: number;
  readonly #heif: LibHeif;
  readonly #handle: Pointer;
  readonly #shown: Shown;
  readonly #alpha: boolean;
  readonly #tiles: { columns: number; rows: number } & Size;

  /**
   * Reads what the file says, no pixels.
   * @throws TooManyPixels, UnsupportedFormat, Undecodable
   */
  constructor(heif: LibHeif, bytes: Uint8Array, maxPixels: number) {
    this.#heif = heif;
    const { c, context } = heif;
    heif.setUint64(c._heif_context_get_security_limits(context) + 8, maxPixels + SLACK); // max_image_size_pixels
    const file = heif.place(bytes);
    heif.check((error) => c._heif_context_read_from_memory_without_copy(error, context, file, bytes.length, 0));
    const handle = heif.get((error, value) => c._heif_context_get_primary_image_handle(error, context, value));
    this.#handle = handle;
    this.upright = { width: c._heif_image_handle_get_width(handle), height: c._heif_image_handle_get_height(handle) };
    const coded = { width: c._heif_image_handle_get_ispe_width(handle), height: c._heif_image_handle_get_ispe_height(handle) };
    for (const { width, height } of [this.upright, coded]) {
      if (width * height > maxPixels) throw new TooManyPixels(`${width} x ${height} are ${width * height} pixels; the limit is ${maxPixels}`);
    }
    this.#alpha = c._heif_image_handle_has_alpha_channel(handle) !== 0;
    this.#shown = shownPart(heif, c._heif_image_handle_get_item_id(handle), coded);
    this.stored = { width: this.#shown.width, height: this.#shown.height };
    this.orientation = this.#shown.orientation;
    // An overlay decodes each of its pictures as often as it names it.
    if (fourcc(c._heif_item_get_item_type(context, c._heif_image_handle_get_item_id(handle))) === "iovl") throw new UnsupportedFormat("HEIF overlays are not decoded");
    this.#tiles = this.#tiling();
    const { columns, rows } = this.#tiles;
    if (columns * rows > mostTiles(coded)) throw new Undecodable(`${columns} x ${rows} tiles are too many for ${coded.width} x ${coded.height} pixels`);
  }

  /**
   * The Exif item's TIFF structure (ISO/IEC 23008-12 A.2.1: after four bytes that say how much further it begins).
   * Undefined where there is none or it is damaged: bad EXIF never costs a photo its faces.
   */
  exif(): Buffer | undefined {
    const { c } = this.#heif;
    const type = this.#heif.place(Buffer.from("Exif\0"));
    const [id] = this.#heif.int32s((at, count) => c._heif_image_handle_get_list_of_metadata_block_IDs(this.#handle, type, at, count));
    if (id === undefined) return undefined;
    const size = c._heif_image_handle_get_metadata_size(this.#handle, id);
    try {
      const item = this.#read(size, (error, at) => c._heif_image_handle_get_metadata(error, this.#handle, id, at));
      return item && size >= 4 ? item.subarray(4 + item.readUInt32BE(0)) : undefined;
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  }

  /** The ICC profile, or the number of the colour primaries (ISO/IEC 23091-2) where the file names them so. */
  colours(): { icc?: Buffer; primaries?: number } {
    const { c } = this.#heif;
    const size = c._heif_image_handle_get_raw_color_profile_size(this.#handle);
    const icc = this.#read(size, (error, at) => c._heif_image_handle_get_raw_color_profile(error, this.#handle, at));
    if (icc) return { icc };
    if (c._heif_image_handle_get_color_profile_type(this.#handle) !== NCLX) return {};
    const nclx = this.#heif.get((error, value) => c._heif_image_handle_get_nclx_color_profile(error, this.#handle, value));
    return { primaries: this.#heif.int32(nclx + 4) };
  }

  /** Pixels that are decoded at once. */
  get patchPixels(): number {
    const { columns, rows, width, height } = this.#tiles;
    return this.#alpha ? columns * width * rows * height : width * height;
  }

  /** Decodes the picture in patches, from the top; each is gone when the next is asked for. */
  *patches(): Generator<{ patch: Patch; left: number; top: number }> {
    const { c } = this.#heif;
    const handle = this.#handle;
    const options = c._heif_decoding_options_alloc();
    c.HEAPU8[options + 1] = 1; // ignore_transformations: libheif 1.23 sets turned tiles in wrong places
    c.HEAPU8[options + 21] = 1; // strict_decoding: an error where something is wrong that it would pass over with a warning
    const { rows, columns, ...tile } = this.#tiles;
    this.#heif.mark();
    const { left: cutLeft, top: cutTop, width, height } = this.#shown;
    if (this.#alpha || rows * columns === 1) {
      const patch = this.#decode((error, image, colourspace, chroma) => c._heif_decode_image(error, handle, image, colourspace, chroma, options));
      yield { patch, left: -cutLeft, top: -cutTop };
      return;
    }
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const left = column * tile.width - cutLeft;
        const top = row * tile.height - cutTop;
        if (left >= width || top >= height || left + tile.width <= 0 || top + tile.height <= 0) continue; // cropped away
        const patch = this.#decode((error, image, colourspace, chroma) => c._heif_image_handle_decode_image_tile(error, handle, image, colourspace, chroma, options, column, row));
        // No more than its place: patches must not overlap.
        yield { patch: { ...patch, width: Math.min(patch.width, tile.width), height: Math.min(patch.height, tile.height) }, left, top };
        this.#heif.rewind();
      }
    }
  }

  /**
   * Decodes one patch, in memory that is as it was marked.
   * @throws Undecodable also where libheif says nothing, but parts were not decoded
   */
  #decode(decode: Decode): Patch {
    const { c } = this.#heif;
    let patch = this.#pixels(this.#heif.get((error, image) => decode(error, image, RGB, this.#alpha ? INTERLEAVED_RGBA : INTERLEAVED_RGB)));
    const suspects = greenBlocks(patch);
    if (suspects.length > 0) {
      patch = { ...patch, data: patch.data.slice() };
      if (this.#isLost(patch, suspects, decode)) throw new Undecodable("parts of the picture are lost");
    }
    if (this.#alpha) overWhite(patch, c._heif_image_handle_is_premultiplied_alpha(this.#handle) !== 0);
    return patch;
  }

  /** Decodes a patch once more, as it is coded, for only there lost parts differ from all colours. */
  #isLost(patch: Patch, suspects: Block[], decode: Decode): boolean {
    this.#heif.rewind();
    const coded = this.#heif.get((error, image) => decode(error, image, AS_CODED, AS_CODED));
    return hasGaps(suspects, patch, YCBCR.flatMap((channel) => this.#plane(coded, channel) ?? []));
  }

  /** A view into libheif's memory, until it is wound back. */
  #pixels(image: Pointer): Patch {
    const plane = this.#plane(image, INTERLEAVED);
    if (!plane) throw new Undecodable("libheif gave no pixels");
    const { data, width, height, stride } = plane;
    return { data, width, height, stride, channels: this.#alpha ? 4 : 3 };
  }

  /** As `#pixels`; undefined where there is no such channel. */
  #plane(image: Pointer, channel: number): Plane | undefined {
    const { c } = this.#heif;
    const strideAt = c._malloc(4);
    const at = c._heif_image_get_plane_readonly(image, channel, strideAt);
    const stride = this.#heif.int32(strideAt);
    c._free(strideAt);
    if (at === 0) return undefined;
    const width = c._heif_image_get_width(image, channel);
    const height = c._heif_image_get_height(image, channel);
    return { data: c.HEAPU8.subarray(at, at + stride * height), width, height, stride, bytes: c._heif_image_get_bits_per_pixel(image, channel) / 8 };
  }

  /** heif_image_tiling of libheif/heif_tiling.h; one tile where the picture has none. */
  #tiling() {
    const at = this.#heif.c._malloc(256);
    this.#heif.check((error) => this.#heif.c._heif_image_handle_get_image_tiling(error, this.#handle, 0, at));
    const [columns, rows, width, height] = [4, 8, 12, 16].map((offset) => this.#heif.int32(at + offset));
    return { columns, rows, width, height };
  }

  /** Undefined where there is none of it. */
  #read(size: number, read: (error: Pointer, at: Pointer) => void): Buffer | undefined {
    if (size === 0) return undefined;
    const at = this.#heif.reserve(size);
    this.#heif.check((error) => read(error, at));
    const found = this.#heif.copy(at, size);
    this.#heif.c._free(at);
    return found;
  }
}
