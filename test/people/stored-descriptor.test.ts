import { distance } from "../../src/faces/distance.js";
import { fromStored, toStored } from "../../src/people/stored-descriptor.js";
import { normally, seeded } from "./synthetic.js";

const PEOPLE = 1000;
/** Of so many that the index names the nearest are found, at least. */
const NEAREST = 5;
const COMPARED = 16;

const random = seeded(5);
const numbers = (length: number, size: number) => Array.from({ length }, () => size * normally(random));
/** As far apart as strangers with RECOGNITION=fused: 0.8 by the first network, at about right angles by the second. */
const face = () => [...numbers(128, 0.05), ...numbers(128, 1)];

const square = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

it("the nearest by `distance` are among the nearest by what an index compares", () => {
  const people = Array.from({ length: PEOPLE }, face);
  const stored = people.map((person) => toStored(person).numbers);
  for (let probe = 0; probe < 10; probe++) {
    const asked = face();
    const form = toStored(asked).numbers;
    const order = (by: (person: number) => number) => people.map((_, i) => ({ i, at: by(i) })).sort((a, b) => a.at - b.at).map(({ i }) => i);
    const exact = order((i) => distance(asked, people[i])).slice(0, NEAREST);
    expect(order((i) => square(form, stored[i])).slice(0, COMPARED)).toEqual(expect.arrayContaining(exact));
  }
});

it.each([
  { what: "one network", descriptor: numbers(128, 0.1) },
  { what: "two networks", descriptor: face() },
  { what: "two networks, nothing known of the second", descriptor: [...numbers(128, 0.05), ...Array<number>(128).fill(0)] },
])("gives back what was stored, and keeps distances: $what", ({ descriptor }) => {
  const stored = toStored(descriptor);
  fromStored(stored).forEach((value, i) => expect(value).toBeCloseTo(descriptor[i], 5));
  const other = face().slice(0, descriptor.length);
  expect(distance(stored.numbers, toStored(other).numbers)).toBeCloseTo(distance(descriptor, other), 5);
});
