import type * as FaceApi from "@vladmandic/face-api";
import type { Picture } from "../../image/picture.js";
import type { FaceEngine, FaceOptions } from "../engine.js";
import type { Face } from "../face.js";
import { area, clip, type Detection, type Point } from "../geometry.js";
import { poseFrom68 } from "../pose.js";
import { qualityOf } from "../quality.js";
import { boxOf, pointsOf, shareOf, tenth, toFull } from "../result.js";
import { type Backend, loadLibrary } from "./library.js";
import { disposeNetworks, loadNetworks } from "./networks.js";
import { type Located, type Work, locate, recognise } from "./recognise.js";

/** More faces than 512x512 pixels show well; the library takes 45 ms for each, its own default is 100. */
const MOST_FACES = 300;
/** The library wants a score within 0..1, ends excluded, and takes 0 for its default. */
const LEAST_SCORE = 1e-6;

/**
 * The engine `face-api`: the library @vladmandic/face-api itself, its SSD MobileNet and what follows from those boxes,
 * for those who want exactly its answers. Its detector sees every picture at 512x512, so `detectSize` changes nothing.
 * `backend` says what TensorFlow.js computes with, `backends` limit it.
 * @throws Error where TensorFlow.js is not installed
 */
export async function createFaceApiEngine(options: FaceOptions, backends?: readonly Backend[]): Promise<FaceEngine & { backend: Backend }> {
  const { faceapi, backend } = await loadLibrary(backends);
  const networks = await loadNetworks(faceapi, options.details);
  const settings = new faceapi.SsdMobilenetv1Options({
    minConfidence: Math.min(Math.max(options.minScore, LEAST_SCORE), 1 - LEAST_SCORE),
    maxResults: MOST_FACES,
  });

  return {
    backend,
    async find(picture) {
      const { data, width, height } = picture.working;
      const pixels = faceapi.tf.tensor3d(data, [height, width, 3], "int32");
      try {
        const work: Work = { faceapi, networks, pixels };
        const faces: Face[] = [];
        for (const detection of await networks.detector.locateFaces(pixels, settings)) {
          const face = await analyse(work, detection, picture, options);
          if (face) faces.push(face);
        }
        return faces.sort((a, b) => area(b.box) - area(a.box));
      } finally {
        pixels.dispose();
      }
    },
    close() {
      disposeNetworks(networks);
      return Promise.resolve();
    },
  };
}

/** Undefined where the face is too small or lies outside the picture. */
async function analyse(work: Work, detection: FaceApi.FaceDetection, picture: Picture, options: FaceOptions): Promise<Face | undefined> {
  const box = boxOf(clip(toFull(detection.box, picture.scale), picture.info.width, picture.info.height));
  if (Math.max(box.width, box.height) < options.minFace) return undefined;
  const located = await locate(work, detection);
  if (!located) return undefined;
  const recognised = await recognise(work, located);
  return { box, score: shareOf(detection.score), ...ofPoints(located, picture, options), ...wanted(recognised, options) };
}

/** What follows from the 68 points. */
function ofPoints({ landmarks, detection }: Located, picture: Picture, { details }: FaceOptions): Pick<Face, "points" | "pose" | "quality" | "landmarks"> {
  const points = landmarks.positions.map(({ x, y }): Point => [x, y]);
  const pose = poseFrom68(points);
  return {
    points: pointsOf(fivePoints(points), picture.scale),
    ...(details.includes("pose") && { pose }),
    ...(details.includes("quality") && { quality: qualityOf(picture.working, detection.box, pose) }),
    ...(details.includes("landmarks") && { landmarks: points.map(([x, y]) => [tenth(x * picture.scale), tenth(y * picture.scale)] as Point) }),
  };
}

/** Age and gender come from one network: only the one that was asked for may show. */
function wanted(recognised: Partial<Face>, { details }: FaceOptions): Partial<Face> {
  const names: readonly string[] = details;
  return Object.fromEntries(Object.entries(recognised).filter(([name]) => names.includes(name)));
}

/** Eyes, nose tip and mouth corners of the 68 points (iBUG annotation); left is the picture's left. */
function fivePoints(points: readonly Point[]): Detection["points"] {
  return {
    leftEye: mean(points.slice(36, 42)),
    rightEye: mean(points.slice(42, 48)),
    nose: points[30],
    mouthLeft: points[48],
    mouthRight: points[54],
  };
}

function mean(points: readonly Point[]): Point {
  const sum = (axis: 0 | 1) => points.reduce((total, point) => total + point[axis], 0);
  return [sum(0) / points.length, sum(1) / points.length];
}
