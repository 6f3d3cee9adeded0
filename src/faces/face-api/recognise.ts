import type * as FaceApi from "@vladmandic/face-api";
import type { Face } from "../face.js";
import { descriptorOf, expressionsOf, shareOf, tenth } from "../result.js";
import type { Networks } from "./networks.js";

/** A picture as the library takes it: [height, width, 3]. */
export type Pixels = FaceApi.tf.Tensor3D;
/** A face with its 68 points, in pixels of the picture. */
export type Located = FaceApi.WithFaceLandmarks<FaceApi.WithFaceDetection<object>>;

/** The library, the networks an engine loaded and the picture in work. */
export interface Work {
  faceapi: typeof FaceApi;
  networks: Networks;
  pixels: Pixels;
}

/** Finds the 68 points of a detected face, as the library's `withFaceLandmarks` does. Undefined where nothing of it is in the picture. */
export async function locate(work: Work, detection: FaceApi.FaceDetection): Promise<Located | undefined> {
  const landmarks = await ofCrop(work, detection, (crop) => work.networks.landmarks.detectLandmarks(crop));
  return landmarks && work.faceapi.extendWithFaceLandmarks({ detection }, landmarks);
}

/**
 * Age, gender, expressions and descriptor, each where its network is loaded, from the same crops as the library's own
 * tasks take: the box around the points, for the descriptor dlib's square.
 */
export async function recognise(work: Work, { alignedRect, landmarks }: Located): Promise<Partial<Face>> {
  const { ageGender, expressions, descriptor } = work.networks;
  const recognised: Partial<Face> = {};
  const person = ageGender && (await ofCrop(work, alignedRect, (crop) => ageGender.predictAgeAndGender(crop)));
  if (person) {
    recognised.age = tenth(person.age);
    recognised.gender = { value: person.gender, score: shareOf(person.genderProbability) };
  }
  const shown = expressions && (await ofCrop(work, alignedRect, (crop) => expressions.predictExpressions(crop)));
  if (shown) {
    recognised.expressions = expressionsOf(Object.fromEntries(work.faceapi.FACE_EXPRESSION_LABELS.map((label) => [label, shown[label]])));
  }
  const square = landmarks.align(null, { useDlibAlignment: true });
  const numbers = descriptor && (await ofCrop(work, square, (crop) => descriptor.computeFaceDescriptor(crop)));
  if (numbers) recognised.descriptor = descriptorOf([...numbers]);
  return recognised;
}

/** What a network says of one part of the picture; undefined where that part lies outside. */
async function ofCrop<T extends object>(
  { faceapi, pixels }: Work,
  part: FaceApi.FaceDetection | FaceApi.Box,
  ask: (crop: Pixels) => Promise<T | T[]>,
): Promise<T | undefined> {
  const [crop] = (await faceapi.extractFaceTensors(pixels, [part])) as [Pixels?];
  if (!crop) return undefined;
  try {
    const answer = await ask(crop);
    return Array.isArray(answer) ? answer[0] : answer;
  } finally {
    crop.dispose();
  }
}
