/** Loaders of libvips for the formats we decode; every other one (SVG, PDF, ImageMagick, …) is blocked. */
const LOADERS = ["Jpeg", "Png", "Webp", "Heif", "Nsgif", "Tiff"].map((name) => `VipsForeignLoad${name}`);

let loaded: ReturnType<typeof load> | undefined;

/**
 * sharp, loaded when first used and set up for short-lived work in worker threads: no cache of past operations, one
 * thread an operation (the pool of workers is the parallelism), and no loader beyond those for our formats.
 * These settings are libvips' own: they hold for the whole process.
 */
export function loadSharp() {
  return (loaded ??= load());
}

async function load() {
  const { default: sharp } = await import("sharp");
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: LOADERS });
  return sharp;
}
