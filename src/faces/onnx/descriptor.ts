import type { Raster } from "../../image/picture.js";
import { CHIP_SIZE, chipPlacement } from "../alignment.js";
import type { Point } from "../geometry.js";
import { mirrorSquare, sampleSquare } from "../sampling.js";
import { runOnSquares } from "./batches.js";
import { loadModel, type Model } from "./session.js";

/** 128 numbers that lie near each other for photos of one person: face-api's network on dlib's aligned chip. */
export class Descriptor {
  readonly #model: Model;

  private constructor(model: Model) {
    this.#model = model;
  }

  static async load(): Promise<Descriptor> {
    return new Descriptor(await loadModel("descriptor"));
  }

  /**
   * The mean of the descriptors of the upright face and of its mirror image: on LFW's pairs it errs less than either.
   * @param landmarks the 68 points of each face, pixels of `picture`
   */
  async describe(picture: Raster, landmarks: Point[][]): Promise<number[][]> {
    const chips = landmarks.flatMap((points) => {
      const chip = new Float32Array(3 * CHIP_SIZE * CHIP_SIZE);
      sampleSquare(picture, chipPlacement(points), CHIP_SIZE, chip);
      return [chip, mirrorSquare(chip, CHIP_SIZE)];
    });
    const answers = await runOnSquares(this.#model, CHIP_SIZE, chips, (chip, planes, at) => planes.set(chip, at));
    return landmarks.map((_, i) => {
      const mirrored = answers[2 * i + 1].descriptors;
      return Array.from(answers[2 * i].descriptors, (value, k) => (value + mirrored[k]) / 2);
    });
  }

  close(): Promise<void> {
    return this.#model.close();
  }
}
