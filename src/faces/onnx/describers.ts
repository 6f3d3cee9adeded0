import type { Raster } from "../../image/picture.js";
import type { RecognitionName } from "../engine.js";
import type { Point } from "../geometry.js";
import { describeByDlib } from "./descriptor.js";
import type { Model } from "./session.js";
import { describeWithSface, fiveOf } from "./sface.js";

/**
 * Numbers for each face that lie near each other for photos of one person, as `distance` of `../distance.ts` measures.
 * @param faces the 68 points of each, pixels of `picture`
 */
export type Describe = (picture: Raster, faces: Point[][]) => Promise<number[][]>;

interface Describer {
  /** Beside the landmarks, by their names in the manifest. */
  models: readonly string[];
  /** How faces are cut out for them, where that has changed: other chips give other descriptors. */
  chips: readonly string[];
  /** How many numbers a descriptor has. */
  length: number;
  create(models: Record<string, Model>): Describe;
}

/** The network on dlib's chips, and the same with 8 bits. */
const DLIB = ["descriptor", "descriptor-8bit"];

/** SFace's were cut by the detector's five points before. */
const BY_68_POINTS = ["sface by 68 points"];

/** What RECOGNITION chooses from. */
export const DESCRIBERS: Record<RecognitionName, Describer> = {
  single: {
    models: DLIB,
    chips: [],
    length: 128,
    create: ({ descriptor, "descriptor-8bit": mirrored }) => (picture, faces) => describeByDlib(descriptor, mirrored, picture, faces),
  },
  fused: {
    models: [...DLIB, "sface-8bit"],
    chips: BY_68_POINTS,
    length: 256,
    create: ({ descriptor, "descriptor-8bit": mirrored, "sface-8bit": sface }) => async (picture, faces) => {
      const first = await describeByDlib(descriptor, mirrored, picture, faces);
      const second = await describeWithSface(sface, picture, faces.map(fiveOf));
      return first.map((numbers, i) => [...numbers, ...second[i]]);
    },
  },
  sface: {
    models: ["sface"],
    chips: BY_68_POINTS,
    length: 128,
    create: ({ sface }) => (picture, faces) => describeWithSface(sface, picture, faces.map(fiveOf)),
  },
};
