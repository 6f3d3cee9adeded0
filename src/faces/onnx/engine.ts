import type { Picture } from "../../image/picture.js";
import type { FaceEngine, FaceOptions } from "../engine.js";
import type { Detail, Face } from "../face.js";
import { area, clip, type Detection } from "../geometry.js";
import { poseFrom68 } from "../pose.js";
import { qualityOf } from "../quality.js";
import { boxOf, descriptorOf, expressionsOf, pointsOf, shareOf, tenth, toFull } from "../result.js";
import { AgeGender, Expressions } from "./attributes.js";
import { CenterFace } from "./centerface.js";
import { Descriptor } from "./descriptor.js";
import { Landmarks } from "./landmarks.js";

/** Models that are loaded only where one of these details is asked for. */
const NEEDED_BY = {
  landmarks: ["pose", "quality", "landmarks", "age", "gender", "expressions", "descriptor"],
  descriptor: ["descriptor"],
  "age-gender": ["age", "gender"],
  expressions: ["expressions"],
} as const satisfies Record<string, readonly Detail[]>;
type OptionalModel = keyof typeof NEEDED_BY;

/** The models that these details take, by their names in the manifest. */
export function modelsFor(details: readonly Detail[]): string[] {
  const optional = Object.keys(NEEDED_BY) as OptionalModel[];
  return ["centerface", ...optional.filter((model) => NEEDED_BY[model].some((detail) => (details as string[]).includes(detail)))];
}

/**
 * The default engine: CenterFace finds faces, face-api's networks say the rest, all on onnxruntime.
 * @throws Error where a model cannot be loaded
 */
export async function createOnnxEngine(options: FaceOptions): Promise<FaceEngine> {
  const names = modelsFor(options.details);
  const load = <T>(name: OptionalModel, model: { load(): Promise<T> }) => (names.includes(name) ? model.load() : undefined);
  const [centerface, landmarks, descriptor, ageGender, expressions] = await Promise.all([
    CenterFace.load(),
    load("landmarks", Landmarks),
    load("descriptor", Descriptor),
    load("age-gender", AgeGender),
    load("expressions", Expressions),
  ]);
  const wanted = new Set(options.details);

  return {
    async find({ info, working, scale }: Picture): Promise<Face[]> {
      const full = ({ box, ...rest }: Detection) => ({ ...rest, seen: box, box: clip(toFull(box, scale), info.width, info.height) });
      const found = (await centerface.find(working, options.detectSize, options.minScore))
        .map(full)
        .filter(({ box }) => area(box) > 0 && Math.max(box.width, box.height) >= options.minFace)
        .sort((a, b) => area(b.box) - area(a.box));
      const points = await landmarks?.find(working, found.map(({ seen }) => seen));
      const descriptors = points && (await descriptor?.describe(working, points));
      const estimates = points && (await ageGender?.estimate(working, points));
      const moods = points && (await expressions?.estimate(working, points));

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
    },
    async close() {
      const models = [centerface, landmarks, descriptor, ageGender, expressions].filter((model) => model !== undefined);
      await Promise.all(models.map((model) => model.close()));
    },
  };
}
