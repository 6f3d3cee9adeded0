import { z } from "zod";
import { PICTURE_FORMATS } from "./picture-format.js";

/** What is known about a picture without its pixels. */
export const pictureInfoSchema = z.strictObject({
  format: z.enum(PICTURE_FORMATS),
  width: z.number().int().positive().describe("pixels, as a person sees it: EXIF orientation applied"),
  height: z.number().int().positive(),
  orientation: z.number().int().min(1).max(8).describe("EXIF orientation of the stored picture"),
  takenAt: z.string().optional().describe("EXIF DateTimeOriginal, with its offset where the camera wrote one"),
});
export type PictureInfo = z.infer<typeof pictureInfoSchema>;

/** 8-bit sRGB pixels, rows from the top, `data.length === width * height * 3`. */
export interface Raster {
  data: Uint8Array;
  width: number;
  height: number;
}

/** A decoded picture: upright, first frame, shrunk to the working size. */
export interface Picture {
  info: PictureInfo;
  /** At most the working size on its longer side; never larger than the picture. */
  working: Raster;
  /** Pixels of the full upright picture for one of `working`. */
  scale: number;
}
