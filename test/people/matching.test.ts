import { assign, decide, fixedRule, limitFor, type MatchRule } from "../../src/people/matching.js";
import type { Candidate } from "../../src/people/candidate.js";

const AUTO: MatchRule = { kind: "auto", threshold: 0.15, cap: 0.55, recognition: "single" };
const FIXED = fixedRule(0.5, "single");

/** People with one photo each, named a, b, c… */
const at = (...distances: number[]): Candidate[] => distances.map((distance, i) => ({ name: "abcdefgh"[i], distance, meanDistance: distance, photos: 1 }));
const person = (name: string, distance: number, meanDistance = distance, photos = 1): Candidate => ({ name, distance, meanDistance, photos });

describe("decide, auto: the limit is the threshold and half of the mean distance of the next four people", () => {
  it.each([
    { what: "near, the others far", candidates: at(0.4, 0.7, 0.7, 0.7, 0.7), name: "a" },
    { what: "at the limit itself", candidates: at(0.5, 0.7, 0.7, 0.7, 0.7), name: "a" },
    { what: "just beyond the limit", candidates: at(0.501, 0.7, 0.7, 0.7, 0.7), name: undefined },
    { what: "as near, but so is everybody: a blurred face", candidates: at(0.4, 0.45, 0.46, 0.47, 0.48), name: undefined },
    { what: "beyond the cap, however far the others are", candidates: at(0.56, 1.2, 1.2, 1.2, 1.2), name: undefined },
    { what: "two people nearly as close", candidates: at(0.3, 0.33, 0.7, 0.7, 0.7), name: undefined },
    { what: "two people, one with a clear lead", candidates: at(0.3, 0.35, 0.7, 0.7, 0.7), name: "a" },
    { what: "two people equally close", candidates: at(0.3, 0.3, 0.7, 0.7, 0.7), name: undefined },
    { what: "nobody enrolled", candidates: [], name: undefined },
    { what: "one person enrolled, near", candidates: at(0.5), name: "a" },
    { what: "one person enrolled, not near", candidates: at(0.54), name: undefined },
    { what: "the fifth of the others does not count", candidates: at(0.5, 0.7, 0.7, 0.7, 0.7, 0.71, 0.71), name: "a" },
    { what: "not a number", candidates: at(NaN, NaN), name: undefined },
  ])("$what: $name", ({ candidates, name }) => {
    expect(decide(candidates, AUTO)?.name).toBe(name);
  });

  it("weighs a person's mean beside the best photo", () => {
    const others = at(0.9, 0.9, 0.9, 0.9);
    const lucky = person("lucky photo", 0.4, 0.62, 5);
    const steady = person("steady", 0.42, 0.4, 5);
    expect(decide([lucky, steady, ...others], AUTO)).toBe(steady);
  });

  it("does not favour a person for many photos", () => {
    const many = person("many", 0.5, 0.46, 9); // everybody is nearer to a mean
    expect(decide([many, ...at(0.7, 0.7, 0.7, 0.7)], AUTO)).toBeUndefined();
    expect(decide([{ ...many, photos: 1 }, ...at(0.7, 0.7, 0.7, 0.7)], AUTO)?.name).toBe("many");
  });

  it("counts what a small gallery lacks as typical people", () => {
    expect(limitFor(at(0.4), { ...AUTO, cap: 9 })).toBeCloseTo(0.15 + 0.77 / 2, 6);
    expect(limitFor(at(0.4, 0.77, 0.77), { ...AUTO, cap: 9 })).toBeCloseTo(0.15 + 0.77 / 2, 6);
    expect(limitFor(at(0.4, 0.57), { ...AUTO, cap: 9 })).toBeCloseTo(0.15 + 0.72 / 2, 6);
  });
});

describe("decide, fixed: the operator's distance, and the margin", () => {
  it.each([
    { what: "within", candidates: at(0.49, 0.6), name: "a" },
    { what: "at it", candidates: at(0.5, 0.6), name: "a" },
    { what: "beyond", candidates: at(0.51, 0.6), name: undefined },
    { what: "too little lead", candidates: at(0.4, 0.43), name: undefined },
    { what: "far others do not help", candidates: at(0.51, 2, 2, 2, 2), name: undefined },
    { what: "the best photo counts, not the mean", candidates: [person("a", 0.45, 0.9, 4), person("b", 0.6, 0.5, 4)], name: "a" },
    { what: "nobody enrolled", candidates: [], name: undefined },
  ])("$what: $name", ({ candidates, name }) => {
    expect(decide(candidates, FIXED)?.name).toBe(name);
  });

  it("has a wider margin where distances are larger", () => {
    expect(decide(at(0.4, 0.45), fixedRule(0.5, "single"))?.name).toBe("a");
    expect(decide(at(0.4, 0.45), fixedRule(0.5, "fused"))).toBeUndefined();
  });
});

describe("assign", () => {
  const far = at(0.9, 0.9, 0.9, 0.9).map((candidate) => ({ ...candidate, name: `${candidate.name} far` }));
  const face = (name: string, distance: number) => [person(name, distance), ...far];
  const names = (people: (Candidate | null)[]) => people.map((found) => found?.name ?? null);

  it.each([
    { what: "several people", faces: [face("Ann", 0.3), face("Bob", 0.4), face("Cem", 0.8)], once: ["Ann", "Bob", null], repeated: ["Ann", "Bob", null] },
    { what: "the better face wins", faces: [face("Ann", 0.4), face("Ann", 0.3)], once: [null, "Ann"], repeated: ["Ann", "Ann"] },
    { what: "of equal faces the first", faces: [face("Ann", 0.3), face("Ann", 0.3)], once: ["Ann", null], repeated: ["Ann", "Ann"] },
    { what: "who loses is not given the next name", faces: [face("Ann", 0.3), [person("Ann", 0.35), person("Bob", 0.4), ...far]], once: ["Ann", null], repeated: ["Ann", "Ann"] },
    { what: "an unknown face takes nobody's name away", faces: [[person("Ann", 0.3), person("Bob", 0.31), ...far], face("Ann", 0.4)], once: [null, "Ann"], repeated: [null, "Ann"] },
    { what: "no face", faces: [], once: [], repeated: [] },
    { what: "no gallery", faces: [[], []], once: [null, null], repeated: [null, null] },
  ])("$what", ({ faces, once, repeated }) => {
    expect(names(assign(faces, AUTO))).toEqual(once);
    expect(names(assign(faces, AUTO, { repeated: true }))).toEqual(repeated);
  });

  it("judges the better face by how far it is within its own limit", () => {
    const crowded = [person("Ann", 0.35), ...at(0.5, 0.5, 0.5, 0.5)]; // limit 0.40
    const clear = face("Ann", 0.4); // limit 0.55, the cap
    expect(names(assign([crowded, clear], AUTO))).toEqual([null, "Ann"]);
    expect(names(assign([crowded, clear], FIXED))).toEqual(["Ann", null]);
  });
});
