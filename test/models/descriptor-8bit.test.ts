import { distance } from "../../src/faces/distance.js";
import { modelPath } from "../../src/models/manifest.js";
import { FACES, faceCrop, planes } from "./face-crops.js";
import { rows, runModel } from "./run-model.js";

async function descriptors(model: string) {
  const chips = planes(await Promise.all(FACES.map((face) => faceCrop(face, 150))));
  return rows((await runModel(modelPath(model), chips)).descriptors).map((numbers) => Array.from(numbers));
}

it("describes faces nearly like the network that it was made from: distances between people stay", async () => {
  const [float, integer] = await Promise.all(["descriptor", "descriptor-8bit"].map(descriptors));
  for (const [face, numbers] of float.entries()) {
    const error = Math.hypot(...numbers.map((number, i) => number - integer[face][i]));
    expect(error).toBeLessThan(0.12);
    expect(error).toBeGreaterThan(0.001); // another network than that one
    const both = (other: number[]) => numbers.map((number, i) => (number + other[i]) / 2); // as much of it as the engine takes
    float.slice(0, face).forEach((others, other) => {
      const half = both(integer[face]);
      const change = distance(half, others.map((number, i) => (number + integer[other][i]) / 2)) - distance(numbers, others);
      expect({ face, other, small: Math.abs(change) < 0.03 }).toEqual({ face, other, small: true });
    });
  }
});
