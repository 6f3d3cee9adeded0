import { distanceFor, survey } from "../../src/people/calibration-survey.js";
import type { Candidate } from "../../src/people/candidate.js";
import type { DescribedEnrolment } from "../../src/people/gallery.js";
import { enrolment } from "./descriptors.js";

/** A stranger whose nearest person is so far away, and nobody else near. */
const stranger = (distance: number): Candidate[] => [{ name: "Bob", distance, meanDistance: distance, photos: 1 }, { name: "Ann", distance: 2, meanDistance: 2, photos: 1 }];
const strangers = Array.from({ length: 100 }, (_, i) => stranger(0.5 + i / 200));

describe("the MATCH_DISTANCE for a share of strangers", () => {
  it.each([
    ["none", 0, 0.499],
    ["one of a hundred", 0.01, 0.504],
    ["a share between two", 0.025, 0.509],
    ["half", 0.5, 0.749],
    ["all", 1, 2],
  ])("%s", (_, rate, expected) => {
    expect(distanceFor(rate, strangers, "single")).toBe(expected);
  });

  it("does not count who is nearly as near to two people: the service names neither", () => {
    const between: Candidate[] = ["Bob", "Ann"].map((name) => ({ name, distance: 0.3, meanDistance: 0.3, photos: 1 }));
    expect(distanceFor(0, [...strangers, between], "single")).toBe(0.499);
  });
});

/** Who is nearest to a photo is told by `near`. */
function gallery(enrolments: DescribedEnrolment[], near: (name: string) => Candidate[]) {
  return {
    sample: () => Promise.resolve(enrolments),
    photosOf: (name: string) => Promise.resolve(enrolments.filter((one) => one.name === name)),
    nearest: (_: unknown, people: number, except: readonly (string | undefined)[] = []) => Promise.resolve([near(except[0]!).slice(0, people)]),
  };
}

describe("a survey of a gallery", () => {
  const nearest = (name: string, distance: number): Candidate => ({ name, distance, meanDistance: distance, photos: 1 });

  it("measures each photo to the nearest other one of its person, and to other people", async () => {
    const photos = [enrolment(1, 0), enrolment(1, 1), enrolment(2, 0)];
    let steps = 0;
    const found = await survey(gallery(photos, () => [nearest("somebody", 0.9)]), "single", () => (steps += 1));
    expect(found.within.length).toBe(2);
    expect(found.within[0]).toBe(found.within[1]);
    expect(found.strangers).toEqual([[nearest("somebody", 0.9)], [nearest("somebody", 0.9)], [nearest("somebody", 0.9)]]);
    expect([found.doubles, steps]).toEqual([[], 3]);
  });

  it("takes people with the same face for one under two names, once, and not for strangers", async () => {
    const twins: Record<string, string> = { "person 1": "person 2", "person 2": "person 1" };
    const found = await survey(gallery([enrolment(1), enrolment(2), enrolment(3)], (name) => [nearest(twins[name] ?? "person 1", name in twins ? 0.1 : 0.9)]), "single", () => {});
    expect(found.doubles).toEqual([["person 1", "person 2"]]);
    expect(found.strangers.length).toBe(1);
  });

  it("knows nothing of a gallery of one person", async () => {
    expect(await survey(gallery([enrolment(1)], () => []), "single", () => {})).toEqual({ within: [], strangers: [], doubles: [] });
  });
});
