import { madeOnce } from "../made-once.js";

/**
 * Loaders of libvips that no format of ours needs (names of its classes; those that this build lacks are ignored).
 * Ultra HDR is a JPEG with a second, brighter picture in it: without its own loader it is read as the plain JPEG.
 */
export const BLOCKED = [
  ...["Svg", "Pdf", "Magick", "Magick7", "Openslide", "Uhdr", "Jxl", "Jp2k", "Openexr", "DcRaw", "Rad", "Ppm"],
  ...["Fits", "Nifti", "Analyze", "Mat", "Csv", "Matrix", "Vips", "Raw"],
].map((name) => `VipsForeignLoad${name}`);

/**
 * sharp, loaded when first used and set up for worker threads: no cache of past operations, one thread an operation
 * (the pool of workers is the parallelism), and no loader beyond those for our formats.
 * These settings are libvips' own: they hold for the whole process, and each of them is safe to repeat while another
 * thread decodes (blocking all loaders first and freeing ours then would not be).
 */
export const loadSharp = madeOnce(async () => {
  const { default: sharp } = await import("sharp");
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: BLOCKED });
  return sharp;
});
