import type { Config } from "./config.js";
import { GalleryUnusable } from "./errors.js";
import type { EngineInfo } from "./faces/engine.js";
import { DESCRIBERS } from "./faces/onnx/describers.js";
import { sha256 } from "./models/checksum.js";
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

const FACE_API = { models: ["face_recognition_model"], chips: [], length: 128 };

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

/** Of the networks that the descriptors are made with and of how faces are cut out for them, not of the networks that find and align faces. */
export function descriptorModel({ engine, recognition }: Pick<Config, "engine" | "recognition">, { models }: EngineInfo): DescriptorModel {
  const { models: names, chips, length } = engine === "face-api" ? FACE_API : DESCRIBERS[recognition];
  const made = names.map((name) => models.find((model) => model.name === name));
  if (made.includes(undefined)) throw new GalleryUnusable(`a gallery needs the networks ${names.join(" and ")}, which the engine does not name`);
  const parts = [...made.map((one) => one!.sha256), ...chips];
  return { name: engine === "face-api" ? "face-api" : recognition, sha256: parts.length === 1 ? parts[0] : sha256(Buffer.from(parts.join("\n"))), length };
}
