import type { Picture } from "../../image/picture.js";
import type { DetectorName, FaceEngine, FaceOptions } from "../engine.js";
import type { Detail, Face } from "../face.js";
import { area, clip, type Detection } from "../geometry.js";
import { poseFrom68 } from "../pose.js";
import { qualityOf } from "../quality.js";
import { boxOf, descriptorOf, expressionsOf, pointsOf, shareOf, tenth, toFull } from "../result.js";
import { estimateAgeGender, estimateExpressions } from "./attributes.js";
import { centerface } from "./centerface.js";
import { DESCRIBERS } from "./describers.js";
import { findFaces } from "./find-faces.js";
import { findLandmarks } from "./landmarks.js";
import type { Detector } from "./look.js";
import { openModel, type Model } from "./session.js";
import { yunet } from "./yunet.js";

/** The detectors by the names of their models. */
const DETECTORS: Record<DetectorName, (model: Model) => Detector> = { centerface, yunet };

/** The detector is always loaded, every other model only where one of these details is asked for. */
const NEEDED_BY = {
  landmarks: ["pose", "quality", "landmarks", "age", "gender", "expressions", "descriptor"],
  "age-gender": ["age", "gender"],
  expressions: ["expressions"],
} as const satisfies Record<string, readonly Detail[]>;
type OptionalModel = keyof typeof NEEDED_BY;

/** Absolute paths of ONNX files by the models' names in the manifest. */
export type ModelPaths = Readonly<Record<string, string>>;

/** The models that these options take, by their names in the manifest. */
export function modelsFor({ details, recognition, detector = "centerface" }: Pick<FaceOptions, "details" | "recognition" | "detector">): string[] {
  const optional = (Object.keys(NEEDED_BY) as OptionalModel[]).filter((model) => NEEDED_BY[model].some((detail) => details.includes(detail)));
  return [detector, ...optional, ...(details.includes("descriptor") ? DESCRIBERS[recognition].models : [])];
}

/**
 * The default engine: CenterFace (or YuNet) finds faces, face-api's networks (and others) say the rest, all on onnxruntime.
 * @param paths of the models that `modelsFor` names: the manifest is read on the main thread, workers load faster without
 * @throws Error where a model cannot be loaded
 */
export async function createOnnxEngine(options: FaceOptions, paths: ModelPaths): Promise<FaceEngine> {
  const { detector: finder = "centerface" } = options;
  const loaded = await Promise.all(modelsFor(options).map(async (name) => [name, await openModel(paths[name])] as const));
  const { [finder]: finderModel, ...optional } = Object.fromEntries(loaded);
  const describe = options.details.includes("descriptor") ? DESCRIBERS[options.recognition].create(optional) : undefined;
  const detector = DETECTORS[finder](finderModel);
  const { landmarks, "age-gender": ageGender, expressions }: Partial<Record<OptionalModel, Model>> = optional;
  const wanted = new Set(options.details);

  async function findIn({ info, working, scale }: Picture): Promise<Face[]> {
    const full = ({ box, ...rest }: Detection) => ({ ...rest, seen: box, box: clip(toFull(box, scale), info.width, info.height) });
    const found = (await findFaces(detector, working, options.detectSize, options.minScore))
      .map(full)
      .filter(({ box }) => area(box) > 0 && Math.max(box.width, box.height) >= options.minFace)
      .sort((a, b) => area(b.box) - area(a.box));
    const points = landmarks && (await findLandmarks(landmarks, working, found.map(({ seen, points: five }) => ({ box: seen, points: five }))));
    const descriptors = points && describe && (await describe(working, points));
    const estimates = points && ageGender && (await estimateAgeGender(ageGender, working, points));
    const moods = points && expressions && (await estimateExpressions(expressions, working, points));

    return found.map(({ box, seen, score, points: five }, i) => {
      const face: Face = { box: boxOf(box), score: shareOf(score), points: pointsOf(five, scale) };
      if (points) {
        const pose = poseFrom68(points[i]);
        if (wanted.has("pose")) face.pose = pose;
        if (wanted.has("quality")) face.quality = qualityOf(working, seen, pose);
        if (wanted.has("landmarks")) face.landmarks = points[i].map(([x, y]) => [tenth(x * scale), tenth(y * scale)]);
      }
      if (estimates && wanted.has("age")) face.age = tenth(estimates[i].age);
      if (estimates && wanted.has("gender")) face.gender = { value: estimates[i].gender.value, score: shareOf(estimates[i].gender.score) };
      if (moods) face.expressions = expressionsOf(moods[i]);
      if (descriptors) face.descriptor = descriptorOf(descriptors[i]);
      return face;
    });
  }

  let last: Promise<unknown> = Promise.resolve();
  return {
    /** One picture after the other: the models' memory is used again for each. */
    find(picture) {
      const found = last.then(() => findIn(picture));
      last = found.catch(() => undefined);
      return found;
    },
    /** The pictures given before are finished first. */
    async close() {
      await last;
      await Promise.all(loaded.map(([, model]) => model.close()));
    },
  };
}
