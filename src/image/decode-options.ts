export interface DecodeOptions {
  /** The most pixels a picture may declare, width times height of its first frame. */
  maxPixels: number;
  /** The most pixels the longer side of the working raster may have. */
  workingSize: number;
  /** The most bytes that decoding may take; by default any. */
  maxMemory?: number;
  /** The most seconds that decoding may take, without waiting; by default what suits the picture's size. */
  maxSeconds?: number;
  /** Does the work on a picture that takes much memory when it may; by default at once. */
  large?: <T>(work: () => Promise<T>) => Promise<T>;
  /** Does the work while nobody else in the process uses libvips; by default at once. */
  alone?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Does work without waiting for anything. */
export function atOnce<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
