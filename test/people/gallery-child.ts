import { readFile } from "node:fs/promises";
import { openGallery } from "../../src/people/lance.js";
import type { Credentials } from "../../src/storage/credentials.js";
import { startOssRelay } from "../../src/storage/oss-relay.js";
import { descriptor, enrolment, FUSED, MODEL } from "./descriptors.js";

/** A process of its own that enrols people `from` to `to`, one after another, and tells of each when it is done. */
const [location, length, from, to] = process.argv.slice(2);
/** Of a bucket: where OSS is, and the file with the keys, which is read each time that they are asked for. */
const { ENDPOINT: endpoint, KEYS_FILE: keysFile } = process.env;
const credentials = async () => JSON.parse(await readFile(keysFile!, "utf8")) as Credentials;
const bucket = endpoint === undefined ? undefined : () => startOssRelay(location, { endpoint, region: "cn-hangzhou", credentials, backoff: 1 });
const model = Number(length) === FUSED.length ? FUSED : MODEL;
const tell = (message: object) => new Promise<void>((resolve) => process.send!(message, () => resolve()));

try {
  const gallery = await openGallery({ location, model, bucket });
  for (let person = Number(from); person < Number(to); person++) await tell({ person, enrolled: await gallery.enrol(enrolment(person, 0, model)) });
  if (process.env.ETAG !== undefined) await gallery.enrolAll(Array.from({ length: 30 }, (_, person) => ({ ...enrolment(person, 0, model), etag: process.env.ETAG })));
  if (process.env.ENDS !== undefined) process.exit(9); // before anything is done in the background
  const [[nearest]] = await gallery.nearest([descriptor(Number(from), 0, model)], 1);
  if (process.env.FORGET !== undefined) await tell({ forgot: await gallery.forgetPhoto(process.env.FORGET) });
  const count = await gallery.count();
  await gallery.close();
  await tell({ done: true, nearest: nearest?.name, count });
} catch (error) {
  await tell({ failed: (error as Error).constructor.name, message: (error as Error).message });
}
process.disconnect();
