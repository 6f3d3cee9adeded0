/** The formats we decode. Without a schema: workers know them, and load faster without the schemas' library. */
export const PICTURE_FORMATS = ["jpeg", "png", "webp", "avif", "gif", "tiff", "heic"] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];
