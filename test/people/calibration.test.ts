import { calibrate } from "../../src/people/calibration.js";
import { decide, type MatchRule } from "../../src/people/matching.js";
import { leaveOneOut, Population, search, type Person, type Photo } from "./synthetic.js";

/** Share of the faces that are given a name. */
const named = (faces: readonly Photo[], people: readonly Person[], rule: MatchRule) =>
  faces.filter((face) => decide(search(face, people), rule)).length / faces.length;
const rightly = (people: readonly (Person & { another: () => Photo })[], rule: MatchRule) =>
  people.filter((person) => decide(search(person.another(), people), rule)?.name === person.name).length / people.length;
const strangersOf = (population: Population, number: number) => population.people(number).map(({ photos }) => photos[0]);
const sizeOf = (people: readonly Person[]) => ({ people: people.length, photos: people.flatMap(({ photos }) => photos).length, recognition: "single" as const });
const ruleFor = (people: readonly Person[], rate = 0.01) => calibrate(leaveOneOut(people), sizeOf(people), rate);

describe("the share of strangers that get a name", () => {
  it.each([
    { people: 1, galleries: 40, strangers: 100, most: 0.02, right: 0.9 },
    { people: 3, galleries: 40, strangers: 100, most: 0.02, right: 0.9 },
    { people: 10, galleries: 20, strangers: 150, most: 0.02, right: 0.9 },
    { people: 30, galleries: 10, strangers: 200, most: 0.02, right: 0.85 },
    { people: 100, galleries: 6, strangers: 300, most: 0.015, right: 0.8 },
    { people: 400, galleries: 2, strangers: 700, most: 0.015, right: 0.75 },
  ])("is about 1 % among $people people", ({ people, galleries, strangers, most, right }) => {
    const runs = Array.from({ length: galleries }, (_, i) => {
      const population = new Population(100 * people + i);
      const enrolled = population.people(people);
      const rule = ruleFor(enrolled);
      return { named: named(strangersOf(population, strangers), enrolled, rule), right: rightly(enrolled, rule) };
    });
    const mean = (key: "named" | "right") => runs.reduce((sum, run) => sum + run[key], 0) / galleries;
    expect(mean("named")).toBeLessThan(most);
    expect(mean("right")).toBeGreaterThan(right);
    if (people >= 100) expect(mean("named")).toBeGreaterThan(0.002); // not stricter than asked for
  });
});

describe("what the threshold follows", () => {
  const population = new Population(7);
  const enrolled = population.people(300);
  const strangers = strangersOf(population, 600);

  it("is the rate that is asked for", () => {
    const shares = [0.001, 0.01, 0.05, 0.2].map((rate) => named(strangers, enrolled, ruleFor(enrolled, rate)));
    expect(shares[0]).toBeLessThan(0.006);
    expect(shares[1]).toBeLessThan(0.02);
    expect(shares[2]).toBeGreaterThan(0.025);
    expect(shares[2]).toBeLessThan(0.08);
    expect(shares[3]).toBeGreaterThan(0.1);
    expect(shares[3]).toBeLessThan(0.25);
  });

  it("is the gallery: people who are all alike need a stricter threshold", () => {
    const alike = new Population(8, 0.7);
    const children = alike.people(300);
    const rule = ruleFor(children);
    expect(rule.threshold).toBeLessThan(ruleFor(enrolled).threshold - 0.02);
    expect(named(strangersOf(alike, 600), children, rule)).toBeLessThan(0.03);
    expect(named(strangersOf(alike, 600), children, ruleFor(enrolled))).toBeGreaterThan(0.05);
  });

  it.each([
    { twice: 3, right: 0.7 },
    { twice: 8, right: 0.8 },
    { twice: 20, right: 0.65 },
  ])("is not $twice of 300 people who are enrolled twice", ({ twice, right }) => {
    const doubled = [...enrolled, ...enrolled.slice(0, twice).map((person) => ({ ...person, name: `${person.name} again`, photos: [person.another()] }))];
    const rule = ruleFor(doubled);
    expect(named(strangers, doubled, rule)).toBeLessThan(0.015);
    expect(rightly(doubled.slice(twice, 300), rule)).toBeGreaterThan(right);
  });

  it("is hardly another with a sample of the gallery", () => {
    const sample = calibrate(leaveOneOut(enrolled, 2), sizeOf(enrolled), 0.01);
    expect(Math.abs(sample.threshold - ruleFor(enrolled).threshold)).toBeLessThan(0.02);
  });

  it("holds where some have several photos", () => {
    const crowd = new Population(9);
    const mixed = [...crowd.people(100), ...crowd.people(50, 3)];
    const rule = ruleFor(mixed);
    expect(named(strangersOf(crowd, 600), mixed, rule)).toBeLessThan(0.02);
    expect(rightly(mixed, rule)).toBeGreaterThan(0.8);
  });
});

describe("small and odd galleries", () => {
  const size = (people: number, photos = people) => ({ people, photos, recognition: "fused" as const });
  const alone = (distance: number) => [{ name: "other", distance, meanDistance: distance, photos: 1 }];

  it.each([
    { what: "nobody", sample: [], gallery: size(0) },
    { what: "one person: no other to search among", sample: [[]], gallery: size(1) },
    { what: "one person with many photos", sample: [[], [], []], gallery: size(1, 3) },
    { what: "two people", sample: [alone(1.65), alone(1.65)], gallery: size(2) },
    { what: "two names for one photo", sample: [alone(0), alone(0)], gallery: size(2) },
    { what: "all equally far", sample: Array.from({ length: 50 }, () => alone(1.65)), gallery: size(50) },
  ])("$what: a threshold near the default", ({ sample, gallery }) => {
    const rule = calibrate(sample, gallery, 0.01);
    expect(rule.threshold).toBeGreaterThan(0.25);
    expect(rule.threshold).toBeLessThan(0.85);
    expect(rule.cap).toBeGreaterThan(1.15);
    expect(rule.cap).toBeLessThan(1.3);
  });

  it.each([0, 1, -0.1, 2, NaN])("a rate of %d is refused", (rate) => {
    expect(() => calibrate([], size(1), rate)).toThrow(RangeError);
  });

  it.each([1e-6, 1e-3, 0.3, 0.5, 0.9, 0.999])("a rate of %d gives a number", (rate) => {
    const sample = Array.from({ length: 40 }, (_, i) => alone(1 + i / 100));
    expect(Number.isFinite(calibrate(sample, size(40), rate).threshold)).toBe(true);
    expect(Number.isFinite(calibrate([], size(1), rate).cap)).toBe(true);
  });

  it.each(["single", "fused", "sface"] as const)("%s: a stricter rate never names more", (recognition) => {
    const thresholds = [0.3, 0.1, 0.03, 0.01, 0.003, 0.001].map((rate) => calibrate([], { people: 5, photos: 5, recognition }, rate));
    expect(thresholds.map(({ threshold }) => threshold)).toEqual(thresholds.map(({ threshold }) => threshold).sort((a, b) => b - a));
    expect(thresholds.map(({ cap }) => cap)).toEqual(thresholds.map(({ cap }) => cap).sort((a, b) => b - a));
  });
});
