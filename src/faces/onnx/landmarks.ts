import type { Raster } from "../../image/picture.js";
import { squareOf, type Box, type Point } from "../geometry.js";
import { runOnCrops } from "./batches.js";
import { loadModel, type Model } from "./session.js";

/** The 68 points of the iBUG annotation: face-api's network, on the square about a face's box. */
export class Landmarks {
  readonly #model: Model;

  private constructor(model: Model) {
    this.#model = model;
  }

  static async load(): Promise<Landmarks> {
    return new Landmarks(await loadModel("landmarks"));
  }

  /** @returns 68 points for each box, in pixels of `picture` */
  async find(picture: Raster, boxes: Box[]): Promise<Point[][]> {
    const squares = boxes.map(squareOf);
    const answers = await runOnCrops(this.#model, picture, squares);
    return answers.map(({ landmarks }, i) => {
      const { x, y, width } = squares[i];
      return Array.from({ length: 68 }, (_, k): Point => [x + landmarks[2 * k] * width, y + landmarks[2 * k + 1] * width]);
    });
  }

  close(): Promise<void> {
    return this.#model.close();
  }
}
