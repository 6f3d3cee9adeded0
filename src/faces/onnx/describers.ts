import type { Raster } from "../../image/picture.js";
import type { RecognitionName } from "../engine.js";
import type { Detection, Point } from "../geometry.js";
import { describeByDlib } from "./descriptor.js";
import { describeByFaceres } from "./faceres.js";
import type { Model } from "./session.js";
import { describeWithSface } from "./sface.js";

/** A face as those who describe it see it, in pixels of the picture; `landmarks` are the 68 points. */
export type LocatedFace = Pick<Detection, "box" | "points"> & { landmarks: Point[] };

/** Numbers for each face that lie near each other for photos of one person, as `distance` of `../distance.ts` measures. */
export type Describe = (picture: Raster, faces: LocatedFace[]) => Promise<number[][]>;

interface Describer {
  /** Beside the landmarks, by their names in the manifest. */
  models: readonly string[];
  create(models: Record<string, Model>): Describe;
}

/** The network on dlib's chips, and the same with 8 bits. */
const DLIB = ["descriptor", "descriptor-8bit"];

/** What RECOGNITION chooses from. */
export const DESCRIBERS: Record<RecognitionName, Describer> = {
  single: {
    models: DLIB,
    create: ({ descriptor, "descriptor-8bit": mirrored }) => (picture, faces) => describeByDlib(descriptor, mirrored, picture, faces),
  },
  fused: {
    models: [...DLIB, "faceres"],
    create: ({ descriptor, "descriptor-8bit": mirrored, faceres }) => async (picture, faces) => {
      const first = await describeByDlib(descriptor, mirrored, picture, faces);
      const second = await describeByFaceres(faceres, picture, faces);
      return first.map((numbers, i) => [...numbers, ...second[i]]);
    },
  },
  sface: {
    models: ["sface"],
    create: ({ sface }) => (picture, faces) => describeWithSface(sface, picture, faces.map(({ points }) => points)),
  },
};
