import type { DescriptorModel, Gallery } from "../../src/people/gallery.js";
import { createRecogniser } from "../../src/people/recogniser.js";
import { descriptor, enrolment, FUSED, MODEL } from "./descriptors.js";

/** What processes share; `photos` are as many people, all alike to each other. */
interface Shared {
  photos: number;
  kept: Map<string, unknown>;
  /** Searches for the rule so far. */
  learnt: number;
  /** What the next search for the rule waits for. */
  until?: Promise<void>;
}

function galleryOf(shared: Shared, model: DescriptorModel): Gallery {
  const gallery: Partial<Gallery> = {
    model,
    photoCount: () => Promise.resolve(shared.photos),
    count: () => Promise.resolve({ people: shared.photos, photos: shared.photos }),
    sample: (most) => Promise.resolve(Array.from({ length: Math.min(most, shared.photos) }, (_, i) => enrolment(i, 0, model))),
    async nearest(faces, people, except = []) {
      const isLesson = except.some((name) => name !== undefined);
      if (isLesson) shared.learnt += 1;
      if (isLesson) await shared.until;
      return faces.map((_, i) => ["Ann", "Bob", "Kim"].filter((name) => name !== except[i]).map((name, j) => ({ name, distance: 0.2 + 0.3 * j, meanDistance: 0.2 + 0.3 * j, photos: 1 })).slice(0, people));
    },
    recall: (key) => Promise.resolve(shared.kept.get(key)),
    keep: (key, value) => Promise.resolve(void shared.kept.set(key, value)),
  };
  return gallery as Gallery;
}

const shared = (photos: number): Shared => ({ photos, kept: new Map(), learnt: 0 });
const recogniser = (state: Shared, model = MODEL, more: Partial<Parameters<typeof createRecogniser>[1]> = {}) =>
  createRecogniser(() => Promise.resolve(galleryOf(state, model)), { matchDistance: "auto", falseMatchRate: 0.01, repeatPeople: false, recognition: "single", ...more });
const face = descriptor(1, 0, MODEL);

it("the match rule of one model is none for another", async () => {
  const state = shared(1);
  const single = await recogniser(state).rule();
  expect(single.recognition).toBe("single");
  expect((await recogniser(state, FUSED, { recognition: "fused" }).rule()).recognition).toBe("fused");
  expect(await recogniser(state).rule()).toEqual(single);
  expect(state.kept.size).toBe(2);
});

it("is learnt once by those who ask at once, and taken over by other processes", async () => {
  const state = shared(40);
  const one = recogniser(state);
  await Promise.all([one.rule(), one.inPhoto([face]), one.rule()]);
  expect(state.learnt).toBe(1);
  await recogniser(state).rule();
  expect(state.learnt).toBe(1);
  await recogniser(state, MODEL, { falseMatchRate: 0.1 }).rule(); // of another rate it is another
  expect(state.learnt).toBe(2);
});

it.each([
  ["a little larger: the rule stays", 48, 1, false],
  ["larger by a third: learnt anew while the old rule holds", 54, 2, false],
  ["three times as large: nobody is named before it is learnt anew", 120, 2, true],
  ["half as large: learnt anew while the old rule holds", 20, 2, false],
])("a gallery that is %s", async (_, photos, learnt, waits) => {
  const state = shared(40);
  const one = recogniser(state);
  await one.rule();
  Object.assign(state, { photos });
  let learn = () => {};
  state.until = new Promise((resolve) => (learn = resolve));
  one.changed();
  let answered = false;
  const asked = one.rule().then(() => (answered = true));
  await new Promise(setImmediate);
  expect([answered, state.learnt]).toEqual([!waits, learnt]);
  learn();
  await asked;
  await one.idle();
  one.changed();
  await one.rule();
  expect(state.learnt).toBe(learnt); // and holds then
});

it("a lesson that failed is taken again, and is no unknown face", async () => {
  const state = shared(40);
  state.until = Promise.reject(new Error("the gallery is away"));
  const one = recogniser(state);
  await expect(one.inPhoto([face])).rejects.toThrow("the gallery is away");
  state.until = undefined;
  expect((await one.inPhoto([face]))[0].person?.name).toBe("Ann");
});

it("a number is the rule, without a look at the gallery", async () => {
  const state = shared(40);
  expect(await recogniser(state, MODEL, { matchDistance: 0.5 }).rule()).toMatchObject({ kind: "fixed", threshold: 0.5 });
  expect(state.learnt).toBe(0);
});

it("somebody else who is alike is found, whoever the face is enrolled as", async () => {
  expect((await recogniser(shared(40)).resembled(face, "Ann"))?.name).toBe("Bob");
});
