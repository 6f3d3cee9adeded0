import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGallery } from "../../src/people/lance.js";
import { descriptor, FUSED } from "../people/descriptors.js";
import { enrolElsewhere } from "../people/enrolling.js";

/**
 * `npm run e2e:gallery`: two processes enrol 500 people each at once, a hundred of whom both get; each is killed with
 * SIGKILL a dozen times in the middle of enrolling and gets its last photo again. Everyone is there once, by count and by search.
 */
const PEOPLE = 1000;
const SHARED = 100;
const KILLS = 12;

const location = await mkdtemp(join(tmpdir(), "gallery-e2e-"));
const killAfter = () => Array.from({ length: KILLS }, () => 5 + Math.floor(Math.random() * 40));
const began = performance.now();
await Promise.all([
  enrolElsewhere({ location, model: FUSED, from: 0, to: (PEOPLE + SHARED) / 2, killAfter: killAfter() }),
  enrolElsewhere({ location, model: FUSED, from: (PEOPLE - SHARED) / 2, to: PEOPLE, killAfter: killAfter() }),
]);
const seconds = (performance.now() - began) / 1000;
const gallery = await openGallery({ location, model: FUSED });
const { people, photos } = await gallery.count();
let wrong = 0;
for (let person = 0; person < PEOPLE; person++) {
  const [[first]] = await gallery.nearest([descriptor(person, 0, FUSED)], 1);
  if (first.name !== `person ${person}` || first.photos !== 1) wrong++;
}
await gallery.close();
await rm(location, { recursive: true });
process.stdout.write(`${people} people, ${photos} photos, ${wrong} not found or doubled, after ${2 * KILLS} kills in ${seconds.toFixed(0)} s\n`);
process.exitCode = people === PEOPLE && photos === PEOPLE && wrong === 0 ? 0 : 1;
