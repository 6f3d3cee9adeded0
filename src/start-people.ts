import { createHash } from "node:crypto";
import type { Config } from "./config.js";
import { GalleryUnusable } from "./errors.js";
import type { EngineInfo } from "./faces/engine.js";
import { DESCRIBERS } from "./faces/onnx/describers.js";
import { madeOnce } from "./made-once.js";
import { galleryBucket } from "./parts.js";
import type { DescriptorModel, Gallery } from "./people/gallery.js";
import { createRecogniser, type Recogniser } from "./people/recogniser.js";

/** Who is known, where GALLERY is set. */
export interface People {
  model: DescriptorModel;
  recogniser: Recogniser;
  /** Opened when first asked for; after a failure the next call tries again. */
  gallery: () => Promise<Gallery>;
  close(): Promise<void>;
}

/** How many numbers a descriptor has, by RECOGNITION. */
const LENGTHS: Record<Config["recognition"], number> = { single: 128, fused: 256, sface: 128 };
const FACE_API = { names: ["face_recognition_model"], length: 128 };

/**
 * @param options.existing make no gallery where there is none
 * @returns nothing where GALLERY is not set: then nobody is enrolled and nobody is recognised
 */
export function startPeople(config: Config, engine: EngineInfo, { existing = false }: { existing?: boolean } = {}): People | undefined {
  if (!config.gallery) return undefined;
  const location = config.gallery;
  const model = descriptorModel(config, engine);
  let opening: Promise<Gallery> | undefined;

  const gallery = madeOnce(() => {
    opening = import("./people/lance.js").then(({ openGallery }) => openGallery({ location, model, bucket: galleryBucket(config), existing }));
    return opening;
  });
  const recogniser = createRecogniser(gallery, config);
  return {
    model,
    gallery,
    recogniser,
    async close() {
      await recogniser.idle();
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

/** Of the networks that the descriptors are made with, not of those that find and align the faces. */
export function descriptorModel({ engine, recognition }: Pick<Config, "engine" | "recognition">, { models }: EngineInfo): DescriptorModel {
  const { names, length } = engine === "face-api" ? FACE_API : { names: DESCRIBERS[recognition].models, length: LENGTHS[recognition] };
  const made = names.map((name) => models.find((model) => model.name === name));
  if (made.includes(undefined)) throw new GalleryUnusable(`a gallery needs the networks ${names.join(" and ")}, which the engine does not name`);
  const sha256 = made.length === 1 ? made[0]!.sha256 : createHash("sha256").update(made.map((one) => one!.sha256).join("\n")).digest("hex");
  return { name: engine === "face-api" ? "face-api" : recognition, sha256, length };
}
