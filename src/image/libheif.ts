import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Undecodable, UnsupportedFormat } from "../errors.js";
import { madeOnce } from "../made-once.js";

/** An address in the memory of one instance. */
export type Pointer = number;

/**
 * What we call of libheif's C interface (libheif/heif.h of 1.23), as emscripten exports it: addresses and numbers.
 * Functions that return a `heif_error` get the address for it first.
 */
export interface HeifFunctions {
  /** The instance's memory; another view after each growth, so never kept. */
  HEAPU8: Uint8Array;
  _malloc(size: number): Pointer;
  _free(at: Pointer): void;
  _heif_context_alloc(): Pointer;
  _heif_context_get_security_limits(context: Pointer): Pointer;
  _heif_context_read_from_memory_without_copy(error: Pointer, context: Pointer, data: Pointer, size: number, options: Pointer): void;
  _heif_context_get_list_of_item_IDs(context: Pointer, ids: Pointer, count: number): number;
  _heif_item_get_item_type(context: Pointer, item: number): number;
  _heif_context_get_primary_image_handle(error: Pointer, context: Pointer, handle: Pointer): void;
  _heif_image_handle_get_item_id(handle: Pointer): number;
  _heif_item_get_transformation_properties(context: Pointer, item: number, ids: Pointer, count: number): number;
  _heif_item_get_property_type(context: Pointer, item: number, property: number): number;
  _heif_item_get_property_transform_rotation_ccw(context: Pointer, item: number, property: number): number;
  _heif_item_get_property_transform_mirror(context: Pointer, item: number, property: number): number;
  _heif_item_get_property_transform_crop_borders(context: Pointer, item: number, property: number, width: number, height: number, left: Pointer, top: Pointer, right: Pointer, bottom: Pointer): void;
  _heif_image_handle_get_width(handle: Pointer): number;
  _heif_image_handle_get_height(handle: Pointer): number;
  _heif_image_handle_get_ispe_width(handle: Pointer): number;
  _heif_image_handle_get_ispe_height(handle: Pointer): number;
  _heif_image_handle_has_alpha_channel(handle: Pointer): number;
  _heif_image_handle_is_premultiplied_alpha(handle: Pointer): number;
  _heif_image_handle_get_image_tiling(error: Pointer, handle: Pointer, transformed: number, tiling: Pointer): void;
  _heif_image_handle_get_list_of_metadata_block_IDs(handle: Pointer, type: Pointer, ids: Pointer, count: number): number;
  _heif_image_handle_get_metadata_size(handle: Pointer, id: number): number;
  _heif_image_handle_get_metadata(error: Pointer, handle: Pointer, id: number, data: Pointer): void;
  _heif_image_handle_get_color_profile_type(handle: Pointer): number;
  _heif_image_handle_get_raw_color_profile_size(handle: Pointer): number;
  _heif_image_handle_get_raw_color_profile(error: Pointer, handle: Pointer, data: Pointer): void;
  _heif_image_handle_get_nclx_color_profile(error: Pointer, handle: Pointer, profile: Pointer): void;
  _heif_decoding_options_alloc(): Pointer;
  _heif_decode_image(error: Pointer, handle: Pointer, image: Pointer, colourspace: number, chroma: number, options: Pointer): void;
  _heif_image_handle_decode_image_tile(error: Pointer, handle: Pointer, image: Pointer, colourspace: number, chroma: number, options: Pointer, column: number, row: number): void;
  _heif_image_get_width(image: Pointer, channel: number): number;
  _heif_image_get_height(image: Pointer, channel: number): number;
  /** As they are stored: whole bytes. */
  _heif_image_get_bits_per_pixel(image: Pointer, channel: number): number;
  _heif_image_get_plane_readonly(image: Pointer, channel: number, stride: Pointer): Pointer;
}

/** heif_error_code, as far as we tell them apart. */
const OK = 0;
const UNSUPPORTED = new Set([3, 4]); // file type, feature

/** What we use of it: TypeScript has its types in the library "dom" only. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  Instance: new (code: object, imports: object) => { exports: object };
};

/** WebAssembly's memory comes in such (WebAssembly Core Specification §4.2.8), bytes. */
const PAGE = 65536;
const ZEROS = Buffer.alloc(PAGE);

type Factory = (options: object) => HeifFunctions;

/** Once a thread, when the first HEIC comes (0.1 s). */
const compiled = madeOnce(async () => {
  const require = createRequire(import.meta.url);
  const code = await WebAssembly.compile(await readFile(require.resolve("libheif-js/libheif-wasm/libheif.wasm")));
  return { factory: require("libheif-js/libheif-wasm/libheif.js") as Factory, code };
});

/**
 * libheif with a memory of its own, for one picture: the memory of WebAssembly never shrinks, and whatever a damaged
 * file does to it ends with it. Nothing in it has to be freed but what would add up within a picture. Takes 6 ms.
 */
export class LibHeif {
  readonly c: HeifFunctions;
  /** What the file's content hangs on. */
  readonly context: Pointer;
  readonly #error: Pointer;
  #marked = new Uint8Array();

  private constructor(functions: HeifFunctions) {
    this.c = functions;
    this.context = this.c._heif_context_alloc();
    this.#error = this.c._malloc(12);
  }

  static async start(): Promise<LibHeif> {
    const { factory, code } = await compiled();
    const silent = () => {};
    const instantiateWasm = (imports: object, done: (instance: object) => void) => {
      const instance = new WebAssembly.Instance(code, imports);
      done(instance);
      return instance.exports;
    };
    return new LibHeif(factory({ instantiateWasm, print: silent, printErr: silent }));
  }

  /**
   * Calls a function that returns a `heif_error`.
   * @throws UnsupportedFormat, Undecodable as the error says
   */
  check(call: (error: Pointer) => void): void {
    call(this.#error);
    const code = this.int32(this.#error);
    if (code === OK) return;
    const message = this.#text(this.int32(this.#error + 8));
    if (UNSUPPORTED.has(code)) throw new UnsupportedFormat(`HEIF pictures of this kind are not decoded: ${message}`);
    throw new Undecodable(message);
  }

  /** As `check`, for functions that give one value by address. */
  get(call: (error: Pointer, value: Pointer) => void): number {
    const value = this.c._malloc(4);
    this.check((error) => call(error, value));
    const found = this.int32(value);
    this.c._free(value);
    return found;
  }

  int32(at: Pointer): number {
    return this.#view(at, 4).getInt32(0, true);
  }

  /** The list that a function fills in, which returns how many there are (we ask for short ones). */
  int32s(fill: (at: Pointer, count: number) => number): number[] {
    const count = 32;
    const at = this.c._malloc(4 * count);
    const found = Array.from({ length: fill(at, count) }, (_, i) => this.int32(at + 4 * i));
    this.c._free(at);
    return found;
  }

  setUint64(at: Pointer, value: number): void {
    this.#view(at, 8).setBigUint64(0, BigInt(value), true);
  }

  /** @throws Undecodable where a file asks for more than there is */
  reserve(size: number): Pointer {
    const at = this.c._malloc(size);
    if (at === 0) throw new Undecodable(`libheif has no room for ${size} bytes`);
    return at;
  }

  /** Copies bytes in. */
  place(bytes: Uint8Array): Pointer {
    const at = this.reserve(bytes.length);
    this.c.HEAPU8.set(bytes, at);
    return at;
  }

  /** Copies bytes out. */
  copy(at: Pointer, length: number): Buffer {
    return Buffer.from(this.c.HEAPU8.subarray(at, at + length));
  }

  /** Keeps the memory's state, for `rewind`. */
  mark(): void {
    const { HEAPU8: memory } = this.c;
    let used = memory.length;
    while (used > 0 && ZEROS.equals(memory.subarray(used - PAGE, used))) used -= PAGE;
    this.#marked = memory.slice(0, used);
  }

  /**
   * Frees all that was reserved since the mark, and makes unused memory zeros again: libde265 does not, and what it
   * cannot decode of a picture would show parts of the one before.
   */
  rewind(): void {
    this.c.HEAPU8.set(this.#marked);
    this.c.HEAPU8.fill(0, this.#marked.length);
  }

  #text(at: Pointer): string {
    const bytes = this.c.HEAPU8.subarray(at, at + 200);
    return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString("latin1").trim();
  }

  #view(at: Pointer, length: number): DataView {
    const { buffer, byteOffset } = this.c.HEAPU8;
    return new DataView(buffer, byteOffset + at, length);
  }
}
